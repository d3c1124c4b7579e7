//! Looking at one's wishes, and changing them.

use super::{MailWishes, MailWishesView};
use crate::access::can::{Administer, Can, View};
use crate::access::{Permit, User};
use crate::base::db::Tx;
use crate::base::problem::Problem;
use crate::base::words::MailSwitch;
use crate::notify::wishes::{self, Wishes};

/// One's own wishes.
pub fn mine(tx: &mut Tx<'_>, permit: &Permit<'_, View, User>) -> Result<MailWishesView, Problem> {
    let user = permit.user()?;
    let wishes = wishes::find(tx, user)?.unwrap_or(Wishes::none(user));
    Ok(view(permit, wishes))
}

/// Changes one's own wishes, in the version seen. A digest comes at its next hour.
pub fn change(
    tx: &mut Tx<'_>,
    permit: &Permit<'_, Administer, User>,
    seen: i64,
    body: &MailWishes,
) -> Result<MailWishesView, Problem> {
    let user = permit.user()?;
    let before = wishes::find(tx, user)?.unwrap_or(Wishes::none(user));
    if before.version != seen {
        return Err(Problem::stale());
    }
    let mut after = Wishes {
        email: body.email.as_ref().map(|email| email.as_str().to_owned()),
        language: body.language,
        immediate: body.immediate,
        digest_hour: body.digest_hour.map(i64::from),
        ..before
    };
    after.next_digest_at = after.digest_after(tx.now());
    wishes::save(tx, &mut after)?;
    permit.changed("mail_wishes", user.as_str(), &["email", "language", "digest_hour", "immediate"]);
    Ok(view(permit, after))
}

fn view<C: Can>(permit: &Permit<'_, C, User>, wishes: Wishes) -> MailWishesView {
    MailWishesView {
        mail: if permit.rules().settings.mail.is_on() { MailSwitch::On } else { MailSwitch::Off },
        email: wishes.email,
        language: wishes.language,
        digest_hour: wishes.digest_hour,
        immediate: wishes.immediate,
        version: wishes.version,
    }
}
