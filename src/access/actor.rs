//! Who acts: a signed-in user, the holder of a calendar's token, a visitor, or a machine.

use diesel::prelude::*;

use crate::audit::Who;
use crate::base::db::schema::{agencies, calendar_tokens, jobs, sessions, users};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, CalendarTokenId, JobId, SessionId, UserId};
use crate::base::words::{AgencyKind, Job, JobState, Role, Roles};
use crate::identity::tokens::{self, AccessClaims};

/// Who acts, resolved in the transaction that decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A signed-in user.
    User {
        /// The account.
        user: UserId,
        /// Its agency.
        agency: AgencyId,
        /// The agency's kind.
        agency_kind: AgencyKind,
        /// Roles held.
        roles: Roles,
        /// The session.
        session: SessionId,
        /// Whether a one-time password opened it: nothing but choosing one's own is possible then.
        must_change_password: bool,
    },
    /// Whoever holds the private token of a person's calendar: reads that, as the person may, and nothing else.
    Token {
        /// Whose calendar.
        person: Person,
        /// The token.
        token: CalendarTokenId,
    },
    /// A person to whom a machine writes: decided as that person would be, and entered as what the machine did.
    Recipient {
        /// To whom.
        person: Person,
        /// Which machine.
        job: Job,
    },
    /// A person whose long work the machine does: decided as they would be, batch by batch, and entered as what it did for them.
    Worker {
        /// Who asked for it.
        person: Person,
        /// What work.
        work: JobId,
    },
    /// Nobody known yet.
    Anonymous,
    /// A machine.
    System(Job),
}

/// A person, as far as decisions go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub user: UserId,
    /// Its agency.
    pub agency: AgencyId,
    /// The agency's kind.
    pub agency_kind: AgencyKind,
    /// Roles held.
    pub roles: Roles,
}

impl Actor {
    /// Whose standing counts: the account, its agency, the roles held.
    pub const fn person(&self) -> Option<(UserId, AgencyId, &Roles)> {
        match self {
            Self::User { user, agency, roles, .. } => Some((*user, *agency, roles)),
            Self::Token { person, .. } | Self::Recipient { person, .. } | Self::Worker { person, .. } => {
                Some((person.user, person.agency, &person.roles))
            }
            Self::Anonymous | Self::System(_) => None,
        }
    }
    /// The account, if a person acts.
    pub const fn user(&self) -> Option<UserId> {
        match self.person() {
            Some((user, ..)) => Some(user),
            None => None,
        }
    }
    /// The agency, if a person acts.
    pub const fn agency(&self) -> Option<AgencyId> {
        match self.person() {
            Some((_, agency, _)) => Some(agency),
            None => None,
        }
    }
    /// Whether the acting person holds the role.
    pub fn has(&self, role: Role) -> bool {
        self.person().is_some_and(|(_, _, roles)| roles.has(role))
    }
    /// As the audit log names it.
    pub fn who(&self) -> Who {
        match self {
            Self::User { user, agency, roles, session, .. } => {
                Who::User { user: *user, agency: *agency, roles: roles.iter().collect(), session: *session }
            }
            Self::Token { person: Person { user, agency, roles, .. }, token } => {
                Who::Token { user: *user, agency: *agency, roles: roles.iter().collect(), token: *token }
            }
            Self::Recipient { person: Person { user, agency, roles, .. }, job } => {
                Who::Recipient { user: *user, agency: *agency, roles: roles.iter().collect(), job: *job }
            }
            Self::Worker { person: Person { user, agency, roles, .. }, .. } => {
                Who::Recipient { user: *user, agency: *agency, roles: roles.iter().collect(), job: Job::LongWork }
            }
            Self::Anonymous => Who::Anonymous { tried: None },
            Self::System(job) => Who::System { job: *job },
        }
    }
}

/// The live session's user, or nothing where the session or the account is not live: ending either acts on the next
/// request.
pub(super) fn of_session(tx: &mut Tx<'_>, claims: &AccessClaims) -> Result<Option<Actor>, DbError> {
    let (Ok(session), Ok(user)) = (claims.session.parse::<SessionId>(), claims.user.parse::<UserId>()) else {
        return Ok(None);
    };
    let now = tx.now();
    let row: Option<(AgencyId, AgencyKind, Roles, bool)> = sessions::table
        .inner_join(users::table.on(users::id.eq(sessions::user_id)))
        .inner_join(agencies::table.on(agencies::id.eq(users::agency_id)))
        .filter(sessions::id.eq(session))
        .filter(sessions::user_id.eq(user))
        .filter(sessions::ended_at.is_null())
        .filter(sessions::expires_at.gt(now))
        .filter(users::disabled_at.is_null())
        .filter(users::confirmed_at.is_not_null())
        .select((users::agency_id, agencies::kind, users::roles, users::password_is_one_time))
        .first(tx.conn())
        .optional()?;
    Ok(row.map(|(agency, agency_kind, roles, must_change_password)| Actor::User {
        user,
        agency,
        agency_kind,
        roles,
        session,
        must_change_password,
    }))
}

/// The person of the live account whose calendar this token opens.
pub(super) fn of_calendar_token(tx: &mut Tx<'_>, token: &str) -> Result<Option<Actor>, DbError> {
    let row: Option<(CalendarTokenId, UserId)> = calendar_tokens::table
        .filter(calendar_tokens::digest.eq(tokens::digest(token).to_vec()))
        .select((calendar_tokens::id, calendar_tokens::user_id))
        .first(tx.conn())
        .optional()?;
    let Some((token, user)) = row else { return Ok(None) };
    Ok(live_person(tx, user)?.map(|person| Actor::Token { person, token }))
}

/// Whoever asked for this long work, while it is being done and their account works.
pub(super) fn of_work(tx: &mut Tx<'_>, work: JobId) -> Result<Option<Actor>, DbError> {
    let user: Option<UserId> = jobs::table
        .filter(jobs::id.eq(work))
        .filter(jobs::state.eq(JobState::Running))
        .select(jobs::user_id)
        .first(tx.conn())
        .optional()?;
    let Some(user) = user else { return Ok(None) };
    Ok(live_person(tx, user)?.map(|person| Actor::Worker { person, work }))
}

/// Somebody whose account works: confirmed, not disabled.
pub(super) fn live_person(tx: &mut Tx<'_>, user: UserId) -> Result<Option<Person>, DbError> {
    let row: Option<(AgencyId, AgencyKind, Roles)> = users::table
        .inner_join(agencies::table.on(agencies::id.eq(users::agency_id)))
        .filter(users::id.eq(user))
        .filter(users::disabled_at.is_null())
        .filter(users::confirmed_at.is_not_null())
        .select((users::agency_id, agencies::kind, users::roles))
        .first(tx.conn())
        .optional()?;
    Ok(row.map(|(agency, agency_kind, roles)| Person { user, agency, agency_kind, roles }))
}
