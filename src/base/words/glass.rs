//! The words of break-glass (紧急调阅; domain.md, "Break-glass") and of calls that were acknowledged.

use super::words;

words! {
    /// `active → expired → reviewed`; before it, where the duty desk is asked: `asked → active | declined | lapsed`.
    pub enum BreakGlassState {
        /// The owner's duty desk was asked.
        Asked = "asked",
        /// The duty desk said no.
        Declined = "declined",
        /// Nobody at the duty desk answered in time.
        Lapsed = "lapsed",
        /// It opens what it names.
        Active = "active",
        /// Its time is over; it waits for its review.
        Expired = "expired",
        /// A supervisor of the owner has looked at it.
        Reviewed = "reviewed",
    }

    /// By which of the two ways.
    pub enum BreakGlassWay {
        /// By somebody with a live grant on the case: at once.
        Granted = "granted",
        /// Through the owner's duty desk.
        DutyDesk = "duty_desk",
    }

    /// Why it is needed now; the words come with it.
    pub enum BreakGlassReason {
        /// Somebody's life or body is in danger now.
        DangerNow = "danger_now",
        /// She stands before the one who asks and needs help now.
        SheIsHere = "she_is_here",
        /// He stands before the one who asks.
        HeIsHere = "he_is_here",
        /// She is hurt or ill and cannot say what is needed.
        MedicalEmergency = "medical_emergency",
        /// A child is in danger now.
        ChildInDanger = "child_in_danger",
        /// She, or a child, is missing.
        Missing = "missing",
        /// Something else; the words say what.
        Other = "other",
    }

    /// What a review found.
    pub enum BreakGlassFinding {
        /// It was needed.
        Justified = "justified",
        /// It was not: the right is suspended.
        Unjustified = "unjustified",
    }
}
