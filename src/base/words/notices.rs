//! The words of what reaches the respondent of a mediation (domain.md, "The mediation gate").

use super::words;

words! {
    /// What a paper for the respondent says.
    pub enum PaperKind {
        /// When and where a session is.
        Invitation = "invitation",
        /// A session is put off.
        Postponed = "postponed",
        /// A session will not take place.
        Cancelled = "cancelled",
        /// A copy of the agreement is ready.
        Agreement = "agreement",
    }

    /// `draft → released | void`.
    pub enum PaperState {
        /// It waits for her worker's word.
        Draft = "draft",
        /// It may be handed out.
        Released = "released",
        /// It was overtaken before it was released.
        Void = "void",
    }

    /// What became of the thirty days in which both may ask the court to confirm the agreement (People's Mediation Law
    /// art. 33).
    pub enum ConfirmationOutcome {
        /// Both applied to the court.
        Applied = "applied",
        /// They chose not to.
        NotSought = "not_sought",
    }
}
