//! The words of casework: states, kinds and outcomes (domain.md, "State machines").

use super::words;

words! {
    /// `referred → screening → open → monitoring → closed`.
    pub enum CaseStatus {
        /// An intake was drafted or sent, nobody has taken the case on.
        Referred = "referred",
        /// Taken on; the survivor is heard alone.
        Screening = "screening",
        /// Being worked.
        Open = "open",
        /// Followed up after the outcome.
        Monitoring = "monitoring",
        /// Ended; may be reopened.
        Closed = "closed",
    }

    /// How a case came to its owner.
    pub enum CaseSource {
        /// An intake referral from another agency.
        Referral = "referral",
        /// She came in herself.
        WalkIn = "walk_in",
        /// A hotline call.
        Hotline = "hotline",
        /// A hospital told.
        Hospital = "hospital",
        /// A school told.
        School = "school",
        /// A neighbour, named or not.
        Neighbour = "neighbour",
        /// Another way.
        Other = "other",
    }

    /// What a case came to.
    pub enum CaseOutcome {
        /// The couple stays together, followed up.
        RelationshipRepairedMonitored = "relationship_repaired_monitored",
        /// They part, she is safe.
        SeparatedSafely = "separated_safely",
        /// A protection order stands.
        ProtectedByOrder = "protected_by_order",
        /// Handed to a criminal or civil court.
        WithCourt = "with_court",
        /// She declined help: brief safety offer made, safe way back noted.
        HelpDeclined = "help_declined",
        /// Moved out of the district.
        MovedAway = "moved_away",
        /// The intake was withdrawn or finally declined.
        NotTakenOn = "not_taken_on",
        /// Another end.
        Other = "other",
    }

    /// Who somebody is in a case.
    pub enum PartyKind {
        /// 受害人
        Survivor = "survivor",
        /// 加害人(被申请人)
        Respondent = "respondent",
        /// A child of the household; known under the facet `children`.
        Child = "child",
        /// Anybody else named in it.
        Other = "other",
    }

    /// A person's sex as their papers say.
    pub enum Sex {
        /// 女
        Female = "female",
        /// 男
        Male = "male",
        /// Not known, or neither.
        Unknown = "unknown",
    }

    /// What the respondent is to the survivor; each is eligible for measures of its own.
    pub enum Relationship {
        /// 夫妻
        Spouse = "spouse",
        /// 前夫妻
        FormerSpouse = "former_spouse",
        /// 同居
        Cohabiting = "cohabiting",
        /// 恋爱
        Dating = "dating",
        /// 父母子女
        ParentAndChild = "parent_and_child",
        /// 其他家庭成员
        OtherHouseholdMember = "other_household_member",
    }

    /// How soon an answer is needed.
    pub enum Urgency {
        /// Within days.
        Normal = "normal",
        /// Within hours.
        Urgent = "urgent",
    }

    /// What one person does for one case: in the agency that answers for it, or as its assigned worker.
    pub enum Duty {
        /// Answers for the case in the agency.
        Handler = "handler",
        /// Stands in for the handler.
        Deputy = "deputy",
        /// The assigned worker who leads; one a case.
        Lead = "lead",
        /// An assigned worker who helps the lead.
        Assist = "assist",
    }

    /// What a referral asks.
    pub enum ReferralKind {
        /// Take a new case on.
        Intake = "intake",
        /// Help with a case.
        Service = "service",
        /// Mediate.
        Mediation = "mediation",
        /// A broker introduces a provider; bears no case facet.
        Introduction = "introduction",
    }

    /// `draft → sent → acknowledged → accepted → completed`; aside: `declined`, `withdrawn`.
    pub enum ReferralState {
        /// Written, not sent.
        Draft = "draft",
        /// On the receiver's desk.
        Sent = "sent",
        /// Seen by the receiver.
        Acknowledged = "acknowledged",
        /// Taken on.
        Accepted = "accepted",
        /// Refused by the receiver, with a reason.
        Declined = "declined",
        /// Taken back by the sender, with a reason.
        Withdrawn = "withdrawn",
        /// Done.
        Completed = "completed",
    }

    /// The help asked for: what a referral, a contract line or a consent is for.
    pub enum HelpKind {
        /// 个案工作
        CaseWork = "case_work",
        /// 法律咨询
        LegalAdvice = "legal_advice",
        /// 心理咨询
        Counselling = "counselling",
        /// 调解
        Mediation = "mediation",
        /// 庇护
        Shelter = "shelter",
        /// 就学帮扶
        SchoolSupport = "school_support",
        /// 医疗
        MedicalCare = "medical_care",
        /// 生活救助
        LivingAssistance = "living_assistance",
        /// What she says in confidence, kept by the assigned worker.
        KeepingConfidence = "keeping_confidence",
        /// Another help.
        Other = "other",
    }

    /// What came of an attempt to reach her.
    pub enum ContactOutcome {
        /// She was reached and could speak safely.
        ReachedSafely = "reached_safely",
        /// Nobody answered.
        NoAnswer = "no_answer",
        /// She could not speak safely.
        Unsafe = "unsafe",
        /// Somebody else answered.
        SomeoneElse = "someone_else",
    }

    /// What a note is; each kind has one facet.
    pub enum NoteKind {
        /// How the work goes.
        Progress = "progress",
        /// A contact with her.
        Contact = "contact",
        /// A visit.
        Visit = "visit",
        /// Something that happened.
        Incident = "incident",
        /// Said or done in mediation.
        Mediation = "mediation",
        /// About an admonition, order or proceeding.
        Measure = "measure",
        /// What she said in confidence.
        Confidential = "confidential",
        /// Counselling.
        Counselling = "counselling",
    }

    /// `given | suspended → revoked`; `given → suspended → given`; `given → expired`.
    pub enum ConsentState {
        /// In force.
        Given = "given",
        /// Sharing stopped until she is met.
        Suspended = "suspended",
        /// Taken back.
        Revoked = "revoked",
        /// Over.
        Expired = "expired",
    }

    /// `planned → in_force → ended`.
    pub enum ContractState {
        /// Not yet begun.
        Planned = "planned",
        /// Cases may be assigned under it.
        InForce = "in_force",
        /// Over.
        Ended = "ended",
    }

    /// Who pays for and oversees a contract.
    pub enum ContractLevel {
        /// 市级
        City = "city",
        /// 区级
        District = "district",
        /// 街镇级
        Subdistrict = "subdistrict",
    }

    /// What a contract line counts.
    pub enum ContractUnit {
        /// A case taken on.
        Case = "case",
        /// An hour of service.
        Hour = "hour",
        /// A session held.
        Session = "session",
    }

    /// `proposed → screening → cleared → agreed | not_agreed`; aside: `refused | stopped | cancelled`.
    pub enum MediationState {
        /// Suggested, nobody screened.
        Proposed = "proposed",
        /// Being screened.
        Screening = "screening",
        /// The gate was passed; sessions may be scheduled.
        Cleared = "cleared",
        /// Ended in an agreement.
        Agreed = "agreed",
        /// Ended without one.
        NotAgreed = "not_agreed",
        /// A party said no before it began.
        Refused = "refused",
        /// A party ended it.
        Stopped = "stopped",
        /// The office called it off.
        Cancelled = "cancelled",
    }

    /// `scheduled → held | cancelled`, `scheduled → suspended → scheduled | cancelled`.
    pub enum SessionState {
        /// Has a time and a room.
        Scheduled = "scheduled",
        /// Took place.
        Held = "held",
        /// Put off until the gate holds again.
        Suspended = "suspended",
        /// Will not take place.
        Cancelled = "cancelled",
    }

    /// What a held session came to.
    pub enum SessionOutcome {
        /// To be continued.
        Adjourned = "adjourned",
        /// Agreement.
        Agreed = "agreed",
        /// No agreement.
        NotAgreed = "not_agreed",
        /// A party stopped it.
        Stopped = "stopped",
    }

    /// `offered → accepted | declined`.
    pub enum TransferState {
        /// The other owner has not answered.
        Offered = "offered",
        /// The case is theirs.
        Accepted = "accepted",
        /// They refused it.
        Declined = "declined",
    }

    /// What became of an access.
    pub enum Outcome {
        /// Allowed and done.
        Allowed = "allowed",
        /// Refused by a rule: the policy, a record's state, the mediation gate, a limit on attempts.
        Denied = "denied",
        /// Allowed, but not done: not valid, out of date, or a fault of ours.
        Failed = "failed",
    }

    /// A machine that acts by itself.
    pub enum Job {
        /// The administrator at the server's own console.
        Console = "console",
        /// Ends what is over.
        Expiry = "expiry",
        /// Copies the data, and puts a copy back.
        Backup = "backup",
        /// Tells what is near, due and overdue, and ends what is over by its date.
        Clocks = "clocks",
        /// Makes mails of what is told, and sends them.
        Outbox = "outbox",
        /// Watches whether the audit log's witnesses cosign.
        Watch = "watch",
        /// Wraps case keys anew when the master key changes.
        Keys = "keys",
        /// Does long work in the name of whoever asked for it.
        LongWork = "long_work",
    }
}

impl NoteKind {
    /// The facet a note of this kind belongs to (domain.md, "note").
    pub const fn facet(self) -> super::Facet {
        match self {
            Self::Progress | Self::Contact | Self::Visit => super::Facet::Progress,
            Self::Incident => super::Facet::Incident,
            Self::Mediation => super::Facet::Mediation,
            Self::Measure => super::Facet::Measures,
            Self::Confidential | Self::Counselling => super::Facet::Confidential,
        }
    }
}

impl super::Facet {
    /// The facets that notes may belong to.
    pub fn of_notes() -> super::FacetSet {
        NoteKind::ALL.iter().map(|kind| kind.facet()).collect()
    }
}
