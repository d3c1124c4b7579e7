//! Making mails: of what was told, and of digests that are due.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diesel::prelude::*;

use crate::access::can::Record;
use crate::access::{Collection, Permit};
use crate::base::db::schema::case_people;
use crate::base::db::{DbError, Tx, among};
use crate::base::ids::{AgencyId, CaseId, UserId};
use crate::base::problem::Problem;
use crate::base::words::{MailKind, Role};
use crate::features::{duty, users};
use crate::notify::outbox::{self, Mail};
use crate::notify::{DeskItem, wishes};

/// So many entries are taken at once: few enough that nobody waits long behind them.
const BATCH: i64 = 200;
/// What was told before is not mailed any more: mail was off, or nothing was sent for long. The digest tells what waits.
const STALE_MINUTES: i64 = 24 * 60;

/// Makes the mails of a batch; how many entries and digests it was.
pub(super) fn batch(tx: &mut Tx<'_>, permit: &Permit<'_, Record, Collection>) -> Result<usize, Problem> {
    let (items, now) = (outbox::unmailed(tx, BATCH)?, tx.now());
    let fresh: Vec<&DeskItem> =
        items.iter().filter(|item| item.seen_at.is_none() && item.at > now.plus_minutes(-STALE_MINUTES)).collect();
    let mut new = of_items(tx, &fresh)?;
    outbox::mailed(tx, &items.iter().map(|item| item.id).collect::<Vec<_>>())?;
    let (digests, people) = digests(tx)?;
    new.extend(digests);
    for mail in &new {
        permit.changed("mail", mail.id.as_str(), &["state"]);
    }
    outbox::put(tx, new)?;
    Ok(items.len().saturating_add(people))
}

/// What was told of a record at a moment, whoever's desks it was put on.
fn cause(item: &DeskItem) -> String {
    format!("{} {} {}", item.notice, item.record, item.at.micros())
}

fn of_items(tx: &mut Tx<'_>, items: &[&DeskItem]) -> Result<Vec<Mail>, Problem> {
    let mut receivers = Receivers::of(tx, items)?;
    let mut found = Vec::new();
    for item in items {
        found.extend(receivers.of_item(tx, item)?.into_iter().map(|user| (user, *item)));
    }
    let people: Vec<UserId> = found.iter().map(|(user, _)| *user).collect::<BTreeSet<_>>().into_iter().collect();
    let wanted = wishes::of(tx, &people)?;
    let wants = |user: &UserId| wanted.get(user).is_some_and(|wishes| wishes.immediate && wishes.email.is_some());
    let wanted = found.into_iter().filter(|(user, _)| wants(user));
    Ok(wanted.map(|(user, item)| Mail::new(tx, user, MailKind::Notice, cause(item), Some(item.id))).collect::<Result<_, _>>()?)
}

/// The digests that are due, and of how many people the next was set. After a standstill there is one, not one a day.
fn digests(tx: &mut Tx<'_>) -> Result<(Vec<Mail>, usize), Problem> {
    let now = tx.now();
    let people = tx.lock_due_digests(now, BATCH)?;
    let mut all: BTreeMap<UserId, wishes::Wishes> = wishes::of(tx, &people)?.into_iter().collect();
    let mut mails = Vec::new();
    for (user, wishes) in &mut all {
        wishes.next_digest_at = wishes.digest_after(now);
        wishes::save(tx, wishes)?;
        mails.push(Mail::new(tx, *user, MailKind::Digest, format!("digest {}", now.day()), None)?);
    }
    Ok((mails, all.len()))
}

/// Who is meant by an entry, looked up once a batch.
struct Receivers {
    with_duty: HashMap<(CaseId, AgencyId), Vec<UserId>>,
    walled: BTreeSet<(CaseId, UserId)>,
    stand_ins: HashMap<AgencyId, Vec<UserId>>,
    everybody: HashMap<AgencyId, Vec<UserId>>,
}

impl Receivers {
    fn of(tx: &mut Tx<'_>, items: &[&DeskItem]) -> Result<Self, DbError> {
        let cases: BTreeSet<CaseId> = items.iter().filter_map(|item| item.case_id).collect();
        let cases: Vec<CaseId> = cases.into_iter().collect();
        let rows: Vec<(CaseId, AgencyId, UserId, bool, Option<crate::base::words::Duty>)> = case_people::table
            .filter(among(case_people::case_id, &cases))
            .order((case_people::case_id, case_people::user_id))
            .select((case_people::case_id, case_people::agency_id, case_people::user_id, case_people::walled, case_people::duty))
            .load(tx.conn())?;
        let (mut with_duty, mut walled) = (HashMap::<_, Vec<UserId>>::new(), BTreeSet::new());
        for (case, agency, user, is_walled, duty) in rows {
            if is_walled {
                walled.insert((case, user));
            } else if duty.is_some() {
                with_duty.entry((case, agency)).or_default().push(user);
            }
        }
        Ok(Self { with_duty, walled, stand_ins: HashMap::new(), everybody: HashMap::new() })
    }

    fn of_item(&mut self, tx: &mut Tx<'_>, item: &DeskItem) -> Result<Vec<UserId>, DbError> {
        let agency = item.agency_id;
        let mut found = match (item.user_id, item.case_id) {
            (Some(user), _) => vec![user],
            (None, Some(case)) => self.with_duty.get(&(case, agency)).cloned().unwrap_or_default(),
            (None, None) => Vec::new(),
        };
        if found.is_empty() {
            found = self.stand_ins(tx, agency)?;
        }
        if found.is_empty() {
            found = self.everybody(tx, agency)?;
        }
        found.retain(|user| item.case_id.is_none_or(|case| !self.walled.contains(&(case, *user))));
        Ok(found)
    }

    /// Whoever is on duty there now, the deputy, and the supervisors.
    fn stand_ins(&mut self, tx: &mut Tx<'_>, agency: AgencyId) -> Result<Vec<UserId>, DbError> {
        if let Some(known) = self.stand_ins.get(&agency) {
            return Ok(known.clone());
        }
        let mut all: BTreeSet<UserId> = BTreeSet::new();
        if let Some(now) = duty::facts::now(tx, agency)? {
            all.insert(now.person);
            all.extend(now.deputy);
        }
        all.extend(users::facts::holding(tx, agency, &[Role::FederationSupervisor, Role::ProviderManager])?);
        let all: Vec<UserId> = all.into_iter().collect();
        self.stand_ins.insert(agency, all.clone());
        Ok(all)
    }

    fn everybody(&mut self, tx: &mut Tx<'_>, agency: AgencyId) -> Result<Vec<UserId>, DbError> {
        if let Some(known) = self.everybody.get(&agency) {
            return Ok(known.clone());
        }
        let all = users::facts::holding(tx, agency, Role::ALL)?;
        self.everybody.insert(agency, all.clone());
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Timestamp;
    use crate::notify::Notice;

    fn item(notice: Notice, user: Option<u8>, at: i64) -> DeskItem {
        let id = |n: u8| format!("0193a5b0-7c00-7000-8000-0000000000{n:02}");
        DeskItem {
            id: id(1).parse().unwrap(),
            agency_id: id(2).parse().unwrap(),
            user_id: user.map(|user| id(user).parse().unwrap()),
            notice,
            case_id: None,
            record: "deadline/x".into(),
            at: Timestamp::from_micros(at),
            seen_at: None,
            due_at: None,
            mailed_at: None,
        }
    }

    #[test]
    fn one_thing_on_several_desks_is_one_cause() {
        let one = item(Notice::DeadlineDue, None, 7);
        assert_eq!(cause(&one), cause(&item(Notice::DeadlineDue, Some(3), 7)));
        assert_ne!(cause(&one), cause(&item(Notice::DeadlineOverdue, None, 7)));
        assert_ne!(cause(&one), cause(&item(Notice::DeadlineDue, None, 8)));
    }
}
