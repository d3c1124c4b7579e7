//! The words of clocks: what must be done by when, how far a deadline is, and who hears of it (domain.md, "Clocks").

use super::words;

words! {
    /// What a deadline is for; how long each lasts stands in `config/clocks.toml`.
    pub enum Clock {
        /// A referral sent is acknowledged.
        ReferralAcknowledged = "referral_acknowledged",
        /// A referral acknowledged is answered.
        ReferralAnswered = "referral_answered",
        /// After a case opened she is reached safely.
        FirstSafeContact = "first_safe_contact",
        /// Her risk is assessed again.
        Reassessment = "reassessment",
        /// The court decides on a protection order.
        OrderDecided = "order_decided",
        /// A protection order in force ends.
        OrderEnds = "order_ends",
        /// A visit after an admonition.
        AdmonitionVisit = "admonition_visit",
        /// The parties ask the court to confirm their agreement.
        JudicialConfirmation = "judicial_confirmation",
        /// The duty desk answers who asked it in an emergency.
        BreakGlassAnswered = "break_glass_answered",
        /// A break-glass access is reviewed.
        BreakGlassReview = "break_glass_review",
        /// A consent ends.
        ConsentEnds = "consent_ends",
        /// A contract with signed terms comes in force.
        ContractBegins = "contract_begins",
        /// A contract ends.
        ContractEnds = "contract_ends",
        /// A grant ends.
        GrantEnds = "grant_ends",
        /// A provider's licence ends.
        LicenceEnds = "licence_ends",
        /// An action is done.
        ActionDue = "action_due",
        /// A worker on a visit is back.
        VisitReturn = "visit_return",
        /// A closed case is kept no longer.
        RetentionEnds = "retention_ends",
        /// A court hears the matter.
        HearingDate = "hearing_date",
    }

    /// `armed → met | stopped`; aside: `paused`.
    pub enum DeadlineState {
        /// Running.
        Armed = "armed",
        /// What it was for was done.
        Met = "met",
        /// It is no longer needed.
        Stopped = "stopped",
        /// Standing still.
        Paused = "paused",
    }

    /// What happened to a deadline.
    pub enum DeadlineEvent {
        /// Begun.
        Armed = "armed",
        /// Begun anew.
        Rearmed = "rearmed",
        /// Its matter was done.
        Met = "met",
        /// No longer needed.
        Stopped = "stopped",
        /// Stands still.
        Paused = "paused",
        /// Goes on.
        Resumed = "resumed",
        /// Stands on another agency's desk.
        Moved = "moved",
        /// A stage was told.
        Fired = "fired",
    }

    /// A stage of a deadline, at which somebody is told.
    pub enum Stage {
        /// An urgent matter waits for an answer.
        Call = "call",
        /// It is near.
        Near = "near",
        /// It is due.
        Due = "due",
        /// It is over and nothing was done.
        Overdue = "overdue",
    }

    /// `open → done | cancelled`; a follow-up visit also `open → missed`.
    pub enum ActionState {
        /// To be done.
        Open = "open",
        /// Done; a visit: kept.
        Done = "done",
        /// A visit that was not kept.
        Missed = "missed",
        /// No longer needed.
        Cancelled = "cancelled",
    }

    /// What somebody has to do.
    pub enum ActionKind {
        /// Something agreed or decided.
        Task = "task",
        /// A follow-up visit (回访).
        FollowUp = "follow_up",
    }

    /// Who hears of a stage.
    pub enum Told {
        /// The agency's or person's whose deadline it is.
        Desk = "desk",
        /// The owner's handler for the case.
        Handler = "handler",
        /// The case's lead worker.
        Lead = "lead",
        /// Supervisors of the agency whose deadline it is.
        Supervisor = "supervisor",
        /// Supervisors of the case's owner.
        OwnerSupervisor = "owner_supervisor",
        /// The person on that agency's roster.
        Duty = "duty",
        /// The deputy on it.
        Deputy = "deputy",
    }
}
