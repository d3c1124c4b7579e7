//! The way out: one mail by SMTP, with TLS. Nothing of what a server says is kept but its code.

use std::time::Duration;

use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error, response};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use zeroize::Zeroizing;

use super::Letter;
use crate::base::config::Mail as Settings;
use crate::base::ids::MailId;
use crate::base::time::Timestamp;
use crate::base::words::{MailReason, MailTls};

/// Why no mail can go out as it is set.
#[derive(Debug, thiserror::Error)]
pub enum NoPost {
    /// The sender's address.
    #[error("mail.from is not an address")]
    From,
    /// The password's file.
    #[error("mail.password_file cannot be read: {0}")]
    Password(std::io::Error),
    /// The password's file, too open.
    #[error("mail.password_file can be read by others: its mode must be 0600")]
    PasswordOpen,
    /// The certificates' file.
    #[error("mail.ca_file cannot be read, or holds no certificate")]
    Certificates,
}

/// Why a mail did not go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotSent {
    /// Why.
    pub reason: MailReason,
    /// The server's code, if it gave one.
    pub code: Option<u16>,
    /// Whether another attempt would fare no better.
    pub for_good: bool,
}

/// Sends mails by the server that is set.
pub struct Post {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Address,
    longest: Duration,
}

impl Post {
    /// By these settings; nothing where mail is off.
    pub fn open(settings: &Settings) -> Result<Option<Self>, NoPost> {
        if !settings.is_on() {
            return Ok(None);
        }
        let from: Address = settings.from.parse().map_err(|_| NoPost::From)?;
        let longest = Duration::from_secs(u64::from(settings.timeout_seconds));
        let tls = match settings.tls {
            MailTls::Required => Tls::Wrapper(trusted(settings)?),
            MailTls::Starttls => Tls::Required(trusted(settings)?),
            MailTls::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(settings.host.as_str())
            .port(settings.port)
            .tls(tls)
            .hello_name(ClientId::Domain(from.domain().to_owned()))
            .timeout(Some(longest));
        if let Some(password) = password(settings)? {
            builder = builder.credentials(Credentials::new(settings.username.clone(), password.to_string()));
        }
        Ok(Some(Self { transport: builder.build(), from, longest }))
    }

    /// Sends a letter. A server that is slow, however it is slow, is left after `mail.timeout_seconds`.
    pub async fn send(&self, id: MailId, to: &str, letter: &Letter, now: Timestamp) -> Result<(), NotSent> {
        let wrong = NotSent { reason: MailReason::WrongAddress, code: None, for_good: true };
        let to: Address = to.parse().map_err(|_| wrong)?;
        let message = self.message(id, to, letter, now).ok_or(wrong)?;
        match tokio::time::timeout(self.longest, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(why(&error)),
            Err(_) => Err(NotSent { reason: MailReason::TimedOut, code: None, for_good: false }),
        }
    }

    /// Plain text alone. The same mail always bears the same `Message-ID`, so that whoever gets it twice can tell.
    fn message(&self, id: MailId, to: Address, letter: &Letter, now: Timestamp) -> Option<Message> {
        let micros = u64::try_from(now.micros()).ok()?;
        let name = HeaderName::new_from_ascii_str("Auto-Submitted");
        Message::builder()
            .from(Mailbox::new(None, self.from.clone()))
            .to(Mailbox::new(None, to))
            .date(std::time::UNIX_EPOCH + Duration::from_micros(micros))
            .message_id(Some(format!("<{id}@{}>", self.from.domain())))
            .subject(letter.subject)
            // No vacation note comes back.
            .raw_header(HeaderValue::new(name, "auto-generated".to_owned()))
            .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(letter.body.clone()))
            .ok()
    }
}

fn trusted(settings: &Settings) -> Result<TlsParameters, NoPost> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if !settings.ca_file.is_empty() {
        let pem = std::fs::read(&settings.ca_file).map_err(|_| NoPost::Certificates)?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|_| NoPost::Certificates)?);
    }
    builder.build().map_err(|_| NoPost::Certificates)
}

fn password(settings: &Settings) -> Result<Option<Zeroizing<String>>, NoPost> {
    if let Some(given) = &settings.password.0 {
        return Ok(Some(given.clone()));
    }
    if settings.password_file.is_empty() {
        return Ok(None);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&settings.password_file).map_err(NoPost::Password)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(NoPost::PasswordOpen);
        }
    }
    let text = Zeroizing::new(std::fs::read_to_string(&settings.password_file).map_err(NoPost::Password)?);
    Ok(Some(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned())))
}

/// Codes by which a server says that it does not take our name and password: ours to mend, and no fault of the mail's.
const SIGN_IN: [u16; 5] = [454, 530, 534, 535, 538];

/// Whether what came was no TLS that we take.
fn is_handshake(error: &Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if let Some(io) = inner.downcast_ref::<std::io::Error>() {
            return io.kind() == std::io::ErrorKind::InvalidData;
        }
        source = inner.source();
    }
    false
}

fn why(error: &Error) -> NotSent {
    let code = error.status().map(u16::from);
    let (reason, for_good) = match error.status() {
        Some(_) if code.is_some_and(|code| SIGN_IN.contains(&code)) => (MailReason::SignInRefused, false),
        Some(response::Code { severity: response::Severity::PermanentNegativeCompletion, .. }) => (MailReason::Refused, true),
        Some(_) => (MailReason::PutOff, false),
        None if error.is_timeout() => (MailReason::TimedOut, false),
        // A server that does not offer STARTTLS is the client's own error; a certificate not to be trusted, the handshake's.
        None if error.is_tls() || error.is_client() || is_handshake(error) => (MailReason::NoTls, false),
        None => (MailReason::Unreachable, false),
    };
    NotSent { reason, code, for_good }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings { host: "mail.example.cn".to_owned(), from: "lianhu@example.cn".to_owned(), ..Settings::default() }
    }

    #[test]
    fn what_is_set_wrong_is_told_at_the_start() {
        assert!(matches!(Post::open(&Settings::default()), Ok(None)), "off");
        assert!(matches!(Post::open(&settings()), Ok(Some(_))));
        assert!(matches!(Post::open(&Settings { from: "lianhu@".to_owned(), ..settings() }), Err(NoPost::From)));
        let missing = |text: &str| text.to_owned();
        assert!(matches!(Post::open(&Settings { ca_file: missing("/nowhere.pem"), ..settings() }), Err(NoPost::Certificates)));
        assert!(matches!(Post::open(&Settings { password_file: missing("/nowhere"), ..settings() }), Err(NoPost::Password(_))));
    }

    #[cfg(unix)]
    #[test]
    fn a_password_that_others_can_read_is_none() {
        use std::os::unix::fs::PermissionsExt as _;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "tractor\n").unwrap();
        let with_file = Settings { password_file: file.path().to_string_lossy().into_owned(), ..settings() };
        let open = |mode| std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        open(0o644);
        assert!(matches!(password(&with_file), Err(NoPost::PasswordOpen)));
        open(0o600);
        assert_eq!(password(&with_file).unwrap().unwrap().as_str(), "tractor");
    }

    #[test]
    fn no_address_brings_a_header_of_its_own() {
        let post = Post::open(&settings()).unwrap().unwrap();
        let letter = Letter { subject: "联护:有事项到期", body: "个案 7K3M-92QX\n".to_owned() };
        let id: MailId = "0193a5b0-7c00-7000-8000-000000000001".parse().unwrap();
        assert!("a@b.cn\r\nBcc: c@d.cn".parse::<Address>().is_err());
        let message = post.message(id, "li.hua@b.cn".parse().unwrap(), &letter, Timestamp::from_micros(0)).unwrap();
        let text = String::from_utf8(message.formatted()).unwrap();
        let names: Vec<&str> = text
            .split("\r\n\r\n")
            .next()
            .unwrap()
            .lines()
            .filter_map(|line| line.split_once(": ").map(|(name, _)| name))
            .collect();
        let known =
            ["From", "To", "Date", "Message-ID", "Subject", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding"];
        assert!(names.iter().all(|name| known.contains(name) || *name == "MIME-Version"), "{names:?}");
        assert!(text.contains(&format!("Message-ID: <{id}@example.cn>")), "{text}");
    }
}
