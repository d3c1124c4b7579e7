//! Who acts: a signed-in user, a visitor, or a machine.

use diesel::prelude::*;

use crate::audit::Who;
use crate::base::db::schema::{agencies, sessions, users};
use crate::base::db::{DbError, Tx};
use crate::base::ids::{AgencyId, SessionId, UserId};
use crate::base::words::{AgencyKind, Job, Role, Roles};
use crate::identity::tokens::AccessClaims;

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
    /// Nobody known yet.
    Anonymous,
    /// A machine.
    System(Job),
}

impl Actor {
    /// The account, if a person acts.
    pub const fn user(&self) -> Option<UserId> {
        match self {
            Self::User { user, .. } => Some(*user),
            Self::Anonymous | Self::System(_) => None,
        }
    }
    /// The agency, if a person acts.
    pub const fn agency(&self) -> Option<AgencyId> {
        match self {
            Self::User { agency, .. } => Some(*agency),
            Self::Anonymous | Self::System(_) => None,
        }
    }
    /// Whether the acting person holds the role.
    pub fn has(&self, role: Role) -> bool {
        match self {
            Self::User { roles, .. } => roles.has(role),
            Self::Anonymous | Self::System(_) => false,
        }
    }
    /// As the audit log names it.
    pub fn who(&self) -> Who {
        match self {
            Self::User { user, agency, roles, session, .. } => {
                Who::User { user: *user, agency: *agency, roles: roles.iter().collect(), session: *session }
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
