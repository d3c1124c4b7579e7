//! Sending: a mail is taken up and written in one transaction, sent in none, and what became of it recorded in another.

use super::super::desk;
use super::queue;
use crate::access::can::Record;
use crate::access::{AllMail, Collection, Ctx, Gate, Permit, RequestFacts};
use crate::base::db::Tx;
use crate::base::problem::Problem;
use crate::base::words::{Action, Job, MailKind, MailReason};
use crate::notify::outbox::{self, Mail, Outcome};
use crate::notify::{Letter, Post, wishes};

/// So many mails are under way at once, so that a slow server holds up few.
const AT_ONCE: usize = 4;
/// So many things stand in a digest.
const IN_A_DIGEST: usize = 50;

/// A mail that is to go out.
struct Ready {
    mail: Mail,
    to: String,
    letter: Letter,
}

/// What taking one up came to.
enum Taken {
    /// There was none, or another node has it.
    Nothing,
    /// It was dropped, or given up.
    Ended,
    /// It is to go out.
    Ready(Box<Ready>),
}

/// Makes and sends all mail that is due; how many a server took. Errors: the database, or the audit: what was taken up is
/// sent again after its lease.
pub async fn send(gate: &Gate, post: &Post) -> Result<usize, Problem> {
    let ctx = Ctx::system(std::sync::Arc::new(gate.clone()), Job::Outbox, RequestFacts::default());
    while gate.mail_waits().await?.0 {
        let made = gate.write::<Record, _, _, Problem, _>(&ctx, AllMail, Action::QueueMail, queue::batch);
        // What is left is mail that is due, or in another node's hands.
        if made.await?.release().0 == 0 {
            break;
        }
    }
    let all: Vec<usize> = futures_util::future::try_join_all((0..AT_ONCE).map(|_| one_after_another(gate, &ctx, post))).await?;
    Ok(all.into_iter().sum())
}

async fn one_after_another(gate: &Gate, ctx: &Ctx, post: &Post) -> Result<usize, Problem> {
    let mut sent = 0_usize;
    while gate.mail_waits().await?.1 {
        let taken = gate.write::<Record, _, _, Problem, _>(ctx, AllMail, Action::SendMail, take_up);
        let ready = match taken.await?.release().0 {
            Taken::Nothing => break,
            Taken::Ended => continue,
            Taken::Ready(ready) => ready,
        };
        let outcome = match post.send(ready.mail.id, &ready.to, &ready.letter, gate.now()).await {
            Ok(()) => Outcome::Sent,
            Err(why) => {
                tracing::warn!(mail = %ready.mail.id, reason = why.reason.as_str(), code = why.code, "a mail was not taken");
                Outcome::Failed { reason: why.reason, code: why.code.map(i64::from), for_good: why.for_good }
            }
        };
        if outcome == Outcome::Sent {
            sent = sent.saturating_add(1);
        }
        let (id, version) = (ready.mail.id, ready.mail.version);
        let record = gate.write::<Record, _, _, Problem, _>(ctx, id, Action::RecordMail, move |tx, permit| {
            match outbox::find(tx, id)? {
                Some(mail) if mail.version == version => end(tx, permit, mail, outcome),
                // The lease had lapsed, and somebody else has it now.
                Some(_) | None => Ok(()),
            }
        });
        record.await?;
    }
    Ok(sent)
}

fn end<R: crate::access::Resource>(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Record, R>,
    mail: Mail,
    outcome: Outcome,
) -> Result<(), Problem> {
    let limit = i64::from(permit.rules().settings.mail.attempts);
    let after = mail.after(outcome, limit, tx.now());
    permit.changed("mail", after.id.as_str(), &["state"]);
    outbox::save(tx, after)?;
    Ok(())
}

fn take_up<'tx>(tx: &mut Tx<'tx>, permit: &Permit<'tx, Record, Collection>) -> Result<Taken, Problem> {
    let Some(mail) = outbox::take_up(tx)? else { return Ok(Taken::Nothing) };
    permit.changed("mail", mail.id.as_str(), &["attempts"]);
    if mail.attempts > i64::from(permit.rules().settings.mail.attempts) {
        // Whoever tried it last ended in the middle, and that was its last attempt.
        end(tx, permit, mail, Outcome::Failed { reason: MailReason::Interrupted, code: None, for_good: true })?;
        return Ok(Taken::Ended);
    }
    match write(tx, permit, &mail)? {
        Ok((to, letter)) => Ok(Taken::Ready(Box::new(Ready { mail, to, letter }))),
        Err(why) => {
            end(tx, permit, mail, Outcome::Dropped(why))?;
            Ok(Taken::Ended)
        }
    }
}

/// Writes a mail as its receiver may see it now: the address and the letter, or why there is none.
fn write<'tx>(
    tx: &mut Tx<'tx>,
    permit: &Permit<'tx, Record, Collection>,
    mail: &Mail,
) -> Result<Result<(String, Letter), MailReason>, Problem> {
    let Some(wishes) = wishes::find(tx, mail.user_id)? else { return Ok(Err(MailReason::NotWanted)) };
    let is_wanted = match mail.kind {
        MailKind::Notice => wishes.immediate,
        MailKind::Digest => wishes.digest_hour.is_some(),
    };
    let Some(to) = wishes.email.filter(|_| is_wanted) else { return Ok(Err(MailReason::NotWanted)) };
    let Some(reader) = permit.for_recipient(tx, mail.user_id)? else { return Ok(Err(MailReason::NoAccount)) };
    let link = format!("{}/desk", permit.rules().settings.server.public_url());
    let letter = match mail.kind {
        MailKind::Notice => {
            let item = match mail.desk_item_id {
                Some(id) => desk::find(tx, id)?,
                None => None,
            };
            let Some(item) = item.filter(|item| item.seen_at.is_none()) else { return Ok(Err(MailReason::Answered)) };
            let Some(line) = desk::line(tx, &reader, &item)? else { return Ok(Err(MailReason::NotTheirs)) };
            Letter::notice(wishes.language, &line, &link)
        }
        MailKind::Digest => {
            let (lines, more) = desk::lines(tx, &reader, IN_A_DIGEST)?;
            if lines.is_empty() {
                return Ok(Err(MailReason::NothingWaits));
            }
            Letter::digest(wishes.language, &lines, more, &link)
        }
    };
    // The entry says to whom it is shown.
    permit.became(reader.actor().who());
    Ok(Ok((to, letter)))
}
