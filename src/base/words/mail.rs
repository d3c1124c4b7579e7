//! The words of mail: in which language, how far a mail is, and why it went no further.

use super::words;

words! {
    /// The language somebody reads.
    pub enum Language {
        /// Chinese.
        Zh = "zh",
        /// English.
        En = "en",
    }

    /// What a mail tells.
    pub enum MailKind {
        /// One thing that happened, or is due.
        Notice = "notice",
        /// All that waits, once a day.
        Digest = "digest",
    }

    /// `waits → sent | dropped | dead`; `dead → waits` when it is sent again by hand.
    pub enum MailState {
        /// To be sent, or tried again.
        Waits = "waits",
        /// A server has taken it.
        Sent = "sent",
        /// There was nobody to send it to any more.
        Dropped = "dropped",
        /// Given up after as many attempts as are set, or refused for good.
        Dead = "dead",
    }

    /// Why a mail was dropped, or its last attempt failed. No server's own words: they may hold the mail's.
    pub enum MailReason {
        /// The account does not work any more.
        NoAccount = "no_account",
        /// No mail is wanted any more, or there is no address.
        NotWanted = "not_wanted",
        /// What it tells of is none of theirs any more.
        NotTheirs = "not_theirs",
        /// It was answered or cleared before the mail went out.
        Answered = "answered",
        /// A digest of a day on which nothing waits.
        NothingWaits = "nothing_waits",
        /// The address is none.
        WrongAddress = "wrong_address",
        /// The server refused for good (a code of 500 and above).
        Refused = "refused",
        /// The server put it off (a code of 400 and above).
        PutOff = "put_off",
        /// The server did not take our name and password.
        SignInRefused = "sign_in_refused",
        /// No connection, or one that broke off.
        Unreachable = "unreachable",
        /// No TLS, or a certificate that is not to be trusted.
        NoTls = "no_tls",
        /// It took too long.
        TimedOut = "timed_out",
        /// Whoever was sending it ended in the middle.
        Interrupted = "interrupted",
    }

    /// Whether mail goes out of here at all.
    pub enum MailSwitch {
        /// It does.
        On = "on",
        /// No server is set.
        Off = "off",
    }

    /// How the connection to the mail server is kept private.
    pub enum MailTls {
        /// TLS from the first byte (port 465).
        Required = "required",
        /// TLS before anything is said (STARTTLS, port 587); a server without it gets nothing.
        Starttls = "starttls",
        /// None: to this machine alone.
        None = "none",
    }
}
