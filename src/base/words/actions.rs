//! Actions: what one can ask of the gate, word by word, and the capability each needs (over 500 lines: one list, one match).

use super::words;

words! {
    /// What a permit lets one do: few types, so that a permit of another capability does not compile.
    pub enum Capability {
        /// Looking.
        View = "view",
        /// Adding a record.
        Record = "record",
        /// Changing a case.
        Change = "change",
        /// Referring.
        Refer = "refer",
        /// Mediating.
        Mediate = "mediate",
        /// Deciding on another's work.
        Approve = "approve",
        /// Agencies, accounts, sessions.
        Administer = "administer",
        /// Reading the audit log.
        Audit = "audit",
    }

    /// What is asked for: the exact action, for policy and audit.
    pub enum Action {
        /// Signs in.
        SignIn = "sign_in",
        /// Counts a sign-in that failed.
        RecordFailedSignIn = "record_failed_sign_in",
        /// Trades a refresh token.
        RefreshSession = "refresh_session",
        /// Ends a session.
        EndSession = "end_session",
        /// Lists one's own sessions.
        ListSessions = "list_sessions",
        /// Looks at one's own account.
        ViewMe = "view_me",
        /// Changes one's own password.
        ChangePassword = "change_password",
        /// Lists agencies.
        ListAgencies = "list_agencies",
        /// Looks at an agency.
        ViewAgency = "view_agency",
        /// Enters an agency.
        CreateAgency = "create_agency",
        /// Changes an agency.
        ChangeAgency = "change_agency",
        /// Lists accounts.
        ListUsers = "list_users",
        /// Looks at an account.
        ViewUser = "view_user",
        /// Makes an account.
        CreateUser = "create_user",
        /// Changes an account.
        ChangeUser = "change_user",
        /// Confirms an account of one's own agency.
        ConfirmUser = "confirm_user",
        /// Disables an account.
        DisableUser = "disable_user",
        /// Hands a leaver's cases over.
        HandOver = "hand_over",
        /// Orders a one-time secret.
        ResetPassword = "reset_password",
        /// Collects a one-time secret for a colleague.
        CollectSecret = "collect_secret",
        /// Lists contracts.
        ListContracts = "list_contracts",
        /// Looks at a contract.
        ViewContract = "view_contract",
        /// Enters a contract.
        CreateContract = "create_contract",
        /// Changes a planned contract.
        ChangeContract = "change_contract",
        /// Puts a contract in force.
        ActivateContract = "activate_contract",
        /// Ends a contract.
        EndContract = "end_contract",
        /// Looks at what a contract delivered.
        ViewUsage = "view_usage",
        /// Lists one's cases.
        ListCases = "list_cases",
        /// Looks at a case.
        ViewCase = "view_case",
        /// Takes an own intake.
        CreateCase = "create_case",
        /// Changes what a case holds.
        ChangeCase = "change_case",
        /// Begins screening.
        ScreenCase = "screen_case",
        /// Opens a case.
        OpenCase = "open_case",
        /// Moves a case to monitoring.
        MonitorCase = "monitor_case",
        /// Asks for closing.
        RequestClose = "request_close",
        /// Closes a case.
        CloseCase = "close_case",
        /// Reopens a case.
        ReopenCase = "reopen_case",
        /// Sees the parties' names alone.
        ViewNames = "view_names",
        /// Declares no conflict, or one.
        Declare = "declare",
        /// Looks at who handles a case.
        ViewHandlers = "view_handlers",
        /// Names the handler.
        SetHandler = "set_handler",
        /// Names a deputy, or takes one off.
        NameDeputy = "name_deputy",
        /// Lists linked cases.
        ListLinks = "list_links",
        /// Links two cases of one household.
        LinkCases = "link_cases",
        /// Undoes a link.
        UnlinkCases = "unlink_cases",
        /// Lists offers to other owners.
        ListTransfers = "list_transfers",
        /// Looks at one offer to another owner.
        ViewTransfer = "view_transfer",
        /// Offers a case to another owner.
        OfferTransfer = "offer_transfer",
        /// Takes an offered case.
        AcceptTransfer = "accept_transfer",
        /// Refuses an offered case.
        DeclineTransfer = "decline_transfer",
        /// Lists attempts to reach her.
        ListContactAttempts = "list_contact_attempts",
        /// Records an attempt to reach her.
        RecordContactAttempt = "record_contact_attempt",
        /// Gives the word for a further attempt after two that failed.
        ApproveContactAttempt = "approve_contact_attempt",
        /// Looks at what happened, in order.
        ViewTimeline = "view_timeline",
        /// Sees who can see what.
        ViewDisclosures = "view_disclosures",
        /// Makes her access statement.
        ViewAccessStatement = "view_access_statement",
        /// Searches by ID number, phone or name.
        SearchCases = "search_cases",
        /// Lists the parties.
        ListParties = "list_parties",
        /// Looks at a party.
        ViewParty = "view_party",
        /// Adds a party.
        AddParty = "add_party",
        /// Changes a party.
        ChangeParty = "change_party",
        /// Lists referrals in and out.
        ListReferrals = "list_referrals",
        /// Looks at a referral.
        ViewReferral = "view_referral",
        /// Drafts an intake for a new case.
        DraftIntake = "draft_intake",
        /// Drafts a referral of a case.
        DraftReferral = "draft_referral",
        /// Changes a draft.
        ChangeReferral = "change_referral",
        /// Sends a referral.
        SendReferral = "send_referral",
        /// Acknowledges a referral.
        AcknowledgeReferral = "acknowledge_referral",
        /// Takes a referral on.
        AcceptReferral = "accept_referral",
        /// Refuses a referral.
        DeclineReferral = "decline_referral",
        /// Takes a referral over that nobody of the receiver answers for any more.
        TakeOverReferral = "take_over_referral",
        /// Takes a referral back.
        WithdrawReferral = "withdraw_referral",
        /// Says the help was given.
        CompleteReferral = "complete_referral",
        /// Lists who is assigned.
        ListAssignments = "list_assignments",
        /// Looks at an assignment.
        ViewAssignment = "view_assignment",
        /// Assigns a worker.
        Assign = "assign",
        /// Ends an assignment.
        EndAssignment = "end_assignment",
        /// Lists notes.
        ListNotes = "list_notes",
        /// Reads a note.
        ViewNote = "view_note",
        /// Adds a note.
        AddNote = "add_note",
        /// Amends a note.
        AmendNote = "amend_note",
        /// Seals a note into confidential.
        SealNote = "seal_note",
        /// Lists consents.
        ListConsents = "list_consents",
        /// Looks at a consent.
        ViewConsent = "view_consent",
        /// Records her consent.
        RecordConsent = "record_consent",
        /// Suspends a consent.
        SuspendConsent = "suspend_consent",
        /// Revokes a consent.
        RevokeConsent = "revoke_consent",
        /// Confirms a suspended consent.
        ConfirmConsent = "confirm_consent",
        /// Lists grants.
        ListGrants = "list_grants",
        /// Looks at a grant.
        ViewGrant = "view_grant",
        /// Ends a grant.
        EndGrant = "end_grant",
        /// Lists walls.
        ListWalls = "list_walls",
        /// Looks at a wall.
        ViewWall = "view_wall",
        /// Builds a wall.
        BuildWall = "build_wall",
        /// Lifts a wall.
        LiftWall = "lift_wall",
        /// Lists assessments of risk.
        ListRiskAssessments = "list_risk_assessments",
        /// Looks at an assessment of risk.
        ViewRiskAssessment = "view_risk_assessment",
        /// Assesses the risk.
        AssessRisk = "assess_risk",
        /// Reads her safety plan.
        ViewSafetyPlan = "view_safety_plan",
        /// Lists the versions of her safety plan.
        ListSafetyPlanVersions = "list_safety_plan_versions",
        /// Saves her safety plan.
        SaveSafetyPlan = "save_safety_plan",
        /// Lists mediation series.
        ListMediations = "list_mediations",
        /// Looks at a series and its gate.
        ViewMediation = "view_mediation",
        /// Proposes mediation.
        ProposeMediation = "propose_mediation",
        /// Lists screenings.
        ListScreenings = "list_screenings",
        /// Screens one party.
        ScreenParty = "screen_party",
        /// Lists the parties' consents to mediation.
        ListMediationConsents = "list_mediation_consents",
        /// Records a party's consent to mediation.
        RecordMediationConsent = "record_mediation_consent",
        /// Records that a party takes its consent to mediation back.
        WithdrawMediationConsent = "withdraw_mediation_consent",
        /// Clears a series.
        ClearMediation = "clear_mediation",
        /// Waives an old assessment for a mediation.
        WaiveAssessment = "waive_assessment",
        /// Records that a party refuses.
        RefuseMediation = "refuse_mediation",
        /// Records that a party stops.
        StopMediation = "stop_mediation",
        /// Calls a series off.
        CancelMediation = "cancel_mediation",
        /// Lists sessions of a series.
        ListMediationSessions = "list_mediation_sessions",
        /// Looks at a session.
        ViewMediationSession = "view_mediation_session",
        /// Schedules a session.
        ScheduleSession = "schedule_session",
        /// Records a held session.
        HoldSession = "hold_session",
        /// Suspends a session.
        SuspendSession = "suspend_session",
        /// Schedules a suspended session again.
        ResumeSession = "resume_session",
        /// Calls a session off.
        CancelSession = "cancel_session",
        /// Lists the papers for the respondent.
        ListNotices = "list_notices",
        /// Looks at a paper for the respondent.
        ViewNotice = "view_notice",
        /// Releases a paper to the respondent.
        ReleaseNotice = "release_notice",
        /// Records what became of an agreement's judicial confirmation.
        RecordConfirmation = "record_confirmation",
        /// Reads an agreement.
        ViewAgreement = "view_agreement",
        /// Records an agreement.
        RecordAgreement = "record_agreement",
        /// Lists admonitions.
        ListAdmonitions = "list_admonitions",
        /// Looks at an admonition.
        ViewAdmonition = "view_admonition",
        /// Asks a police station for an admonition.
        RequestAdmonition = "request_admonition",
        /// Issues an admonition.
        IssueAdmonition = "issue_admonition",
        /// Records that a copy of an admonition was served.
        ServeAdmonition = "serve_admonition",
        /// Ends an admonition, its visits being over.
        EndAdmonition = "end_admonition",
        /// Records violence after an admonition.
        BreachAdmonition = "breach_admonition",
        /// Lists visits under an admonition.
        ListMeasureVisits = "list_measure_visits",
        /// Plans a visit under an admonition.
        PlanMeasureVisit = "plan_measure_visit",
        /// Says that one sets out on a visit, and when one will be back.
        SetOutOnVisit = "set_out_on_visit",
        /// Records that a visit was kept, or missed.
        RecordMeasureVisit = "record_measure_visit",
        /// Lists protection orders.
        ListProtectionOrders = "list_protection_orders",
        /// Looks at a protection order.
        ViewProtectionOrder = "view_protection_order",
        /// Drafts the application for a protection order.
        DraftProtectionOrder = "draft_protection_order",
        /// Files the application with the court.
        FileProtectionOrder = "file_protection_order",
        /// Records that the court accepted the application.
        AcceptProtectionOrder = "accept_protection_order",
        /// Records that a protection order is in force.
        PutOrderInForce = "put_order_in_force",
        /// Records that the court rejected the application.
        RejectProtectionOrder = "reject_protection_order",
        /// Records that the court revoked an order.
        RevokeProtectionOrder = "revoke_protection_order",
        /// Records that an order's time is over.
        ExpireProtectionOrder = "expire_protection_order",
        /// Records a reconsideration, an extension or a variation.
        ChangeProtectionOrder = "change_protection_order",
        /// Records that an order was breached.
        BreachProtectionOrder = "breach_protection_order",
        /// Lists mandatory reports.
        ListMandatoryReports = "list_mandatory_reports",
        /// Looks at a mandatory report.
        ViewMandatoryReport = "view_mandatory_report",
        /// Records a report to the police that the law demands.
        MakeMandatoryReport = "make_mandatory_report",
        /// Lists court proceedings.
        ListProceedings = "list_proceedings",
        /// Looks at a court proceeding.
        ViewProceeding = "view_proceeding",
        /// Enters a court proceeding.
        OpenProceeding = "open_proceeding",
        /// Enters a hearing's date.
        SetHearing = "set_hearing",
        /// Enters what a proceeding came to.
        ConcludeProceeding = "conclude_proceeding",
        /// Lists police matters.
        ListPoliceMatters = "list_police_matters",
        /// Looks at a police matter.
        ViewPoliceMatter = "view_police_matter",
        /// Records that the police look into something.
        RecordPoliceMatter = "record_police_matter",
        /// Records that a police matter is concluded.
        ConcludePoliceMatter = "conclude_police_matter",
        /// Records that the respondent was released.
        RecordRelease = "record_release",
        /// Sees which times are free.
        ViewSlots = "view_slots",
        /// Lists a case's actions.
        ListActions = "list_actions",
        /// Looks at an action.
        ViewAction = "view_action",
        /// Gives somebody something to do by a day.
        AddAction = "add_action",
        /// Says an action was done.
        CompleteAction = "complete_action",
        /// Sets out on a follow-up visit.
        SetOutOnFollowUp = "set_out_on_follow_up",
        /// Says a follow-up visit was missed.
        MissAction = "miss_action",
        /// Calls an action off.
        CancelAction = "cancel_action",
        /// Lists what one has to do.
        ListOwnActions = "list_own_actions",
        /// Looks at who answers urgent matters in one's agency.
        ViewDuty = "view_duty",
        /// Enters a turn on the roster.
        AddDuty = "add_duty",
        /// Changes a turn on the roster.
        ChangeDuty = "change_duty",
        /// Opens further facets of a case at once, by a live grant.
        BreakGlass = "break_glass",
        /// Asks the owner's duty desk, without a grant.
        AskDutyDesk = "ask_duty_desk",
        /// Lists what one asked of duty desks.
        ListBreakGlassRequests = "list_break_glass_requests",
        /// Lists a case's break-glass accesses.
        ListBreakGlass = "list_break_glass",
        /// Looks at one break-glass access.
        ViewBreakGlass = "view_break_glass",
        /// Releases what was asked of the duty desk.
        ReleaseBreakGlass = "release_break_glass",
        /// Declines what was asked of the duty desk.
        DeclineBreakGlass = "decline_break_glass",
        /// Says whether a break-glass access was justified.
        ReviewBreakGlass = "review_break_glass",
        /// Gives a suspended right to break glass back.
        RestoreBreakGlass = "restore_break_glass",
        /// Takes a call on.
        AcknowledgeCall = "acknowledge_call",
        /// Tells what is near, due and overdue.
        FireDeadlines = "fire_deadlines",
        /// Takes a backup of the data, or of data and keys.
        TakeBackup = "take_backup",
        /// Puts a backup in the place of what was lost.
        RestoreBackup = "restore_backup",
        /// Lists one's deadlines.
        ListDeadlines = "list_deadlines",
        /// Looks at one's desk.
        ViewDesk = "view_desk",
        /// Marks a desk entry as seen.
        ClearDeskItem = "clear_desk_item",
        /// Lists what one was told.
        ListNotifications = "list_notifications",
        /// Looks at how one hears by mail.
        ViewMailWishes = "view_mail_wishes",
        /// Says how one wants to hear by mail.
        ChangeMailWishes = "change_mail_wishes",
        /// Makes mails of what was told.
        QueueMail = "queue_mail",
        /// Takes a mail up to send it.
        SendMail = "send_mail",
        /// Records what became of a mail.
        RecordMail = "record_mail",
        /// Lists mails that were given up.
        ListDeadMail = "list_dead_mail",
        /// Has a mail that was given up sent again.
        ResendMail = "resend_mail",
        /// Lists the long work one asked for.
        ListJobs = "list_jobs",
        /// Looks at how far long work is.
        ViewJob = "view_job",
        /// Asks for long work.
        StartJob = "start_job",
        /// Calls long work off.
        CancelJob = "cancel_job",
        /// Fetches what long work came to.
        FetchJobResult = "fetch_job_result",
        /// Takes long work up, gives it up, tidies it away.
        RunJobs = "run_jobs",
        /// Has the cases one sees written into a table.
        ExportCases = "export_cases",
        /// Makes the private token of one's calendar.
        MakeCalendarToken = "make_calendar_token",
        /// Ends the private token of one's calendar.
        EndCalendarToken = "end_calendar_token",
        /// Reads a calendar by its token.
        ViewCalendar = "view_calendar",
        /// Lists a case's legal holds.
        ListHolds = "list_holds",
        /// Places a legal hold.
        PlaceHold = "place_hold",
        /// Ends a legal hold.
        EndHold = "end_hold",
        /// Lists what is to be erased, or was.
        ListErasures = "list_erasures",
        /// Looks at an erasure.
        ViewErasure = "view_erasure",
        /// Proposes to erase a case.
        ProposeErasure = "propose_erasure",
        /// Lists documents.
        ListDocuments = "list_documents",
        /// Looks at what a document is.
        ViewDocument = "view_document",
        /// Reads a document.
        ReadDocument = "read_document",
        /// Announces a document.
        AddDocument = "add_document",
        /// Begins to send a document's content.
        BeginUpload = "begin_upload",
        /// Gives a document its content.
        FillDocument = "fill_document",
        /// Takes away documents that were announced and never came.
        SweepDocuments = "sweep_documents",
        /// Proposes to erase one document.
        ProposeDocumentErasure = "propose_document_erasure",
        /// Proposes to erase one note.
        ProposeNoteErasure = "propose_note_erasure",
        /// Takes a proposal to erase back.
        WithdrawErasure = "withdraw_erasure",
        /// Approves an erasure, which is done by it.
        ApproveErasure = "approve_erasure",
        /// Lists the program's own keys, by their ids.
        ListKeys = "list_keys",
        /// Makes the keys that are missing.
        MakeKeys = "make_keys",
        /// Puts a new key in the current one's place.
        RotateKey = "rotate_key",
        /// Deletes an older key for good.
        RetireKey = "retire_key",
        /// Wraps case keys under the current master key.
        RewrapKeys = "rewrap_keys",
        /// Reads the audit log.
        ListAuditEntries = "list_audit_entries",
        /// Reads the log's checkpoints and hashes.
        ViewLog = "view_log",
        /// Reads the log's entries as they are, in bundles.
        ViewLogEntries = "view_log_entries",
        /// Exports the log into a folder.
        ExportLog = "export_log",
        /// Has an access proved to be in the log.
        ViewReceipt = "view_receipt",
        /// Looks at a witness of the log.
        ViewWitness = "view_witness",
        /// Names a key by which the agency cosigns the log.
        RegisterWitness = "register_witness",
        /// Ends such a key.
        EndWitness = "end_witness",
        /// Cosigns a checkpoint.
        Cosign = "cosign",
        /// Reports what a witness would not cosign.
        ObjectToLog = "object_to_log",
        /// Tells auditors of witnesses that are silent.
        TellOfWitnesses = "tell_of_witnesses",
    }
}

impl Action {
    /// Whether it is one of an owner's duty desk: then the gate asks who is on call.
    pub const fn is_duty_desks(self) -> bool {
        matches!(self, Self::ViewBreakGlass | Self::ReleaseBreakGlass | Self::DeclineBreakGlass)
    }
    /// The capability whose permit the action gets.
    #[expect(clippy::too_many_lines, reason = "one line an action, and none left out")]
    pub const fn capability(self) -> Capability {
        match self {
            Self::SignIn
            | Self::RecordFailedSignIn
            | Self::RefreshSession
            | Self::EndSession
            | Self::ChangePassword
            | Self::TakeBackup
            | Self::RestoreBackup
            | Self::CreateAgency
            | Self::ChangeAgency
            | Self::CreateUser
            | Self::ChangeUser
            | Self::DisableUser
            | Self::ResetPassword
            | Self::CreateContract
            | Self::ChangeContract
            | Self::ChangeMailWishes
            | Self::ResendMail
            | Self::MakeCalendarToken
            | Self::EndCalendarToken
            | Self::MakeKeys
            | Self::RotateKey
            | Self::RetireKey
            | Self::RewrapKeys => Capability::Administer,
            Self::ListSessions
            | Self::ViewMe
            | Self::ListAgencies
            | Self::ViewAgency
            | Self::ListUsers
            | Self::ViewUser
            | Self::ListContracts
            | Self::ViewContract
            | Self::ViewUsage
            | Self::ListCases
            | Self::ViewCase
            | Self::ViewNames
            | Self::ViewHandlers
            | Self::ListLinks
            | Self::ListTransfers
            | Self::ViewTransfer
            | Self::ListContactAttempts
            | Self::ViewTimeline
            | Self::ViewDisclosures
            | Self::ViewAccessStatement
            | Self::SearchCases
            | Self::ListParties
            | Self::ViewParty
            | Self::ListReferrals
            | Self::ViewReferral
            | Self::ListAssignments
            | Self::ViewAssignment
            | Self::ListNotes
            | Self::ViewNote
            | Self::ListConsents
            | Self::ViewConsent
            | Self::ListGrants
            | Self::ViewGrant
            | Self::ListWalls
            | Self::ViewWall
            | Self::ListRiskAssessments
            | Self::ViewRiskAssessment
            | Self::ViewSafetyPlan
            | Self::ListSafetyPlanVersions
            | Self::ListMediations
            | Self::ViewMediation
            | Self::ListScreenings
            | Self::ListMediationConsents
            | Self::ListMediationSessions
            | Self::ViewMediationSession
            | Self::ListNotices
            | Self::ViewNotice
            | Self::ViewAgreement
            | Self::ViewSlots
            | Self::ListActions
            | Self::ViewAction
            | Self::ListOwnActions
            | Self::ViewDuty
            | Self::ListBreakGlassRequests
            | Self::ListBreakGlass
            | Self::ViewBreakGlass
            | Self::ListDeadlines
            | Self::ViewDesk
            | Self::ListNotifications
            | Self::ViewMailWishes
            | Self::ListDeadMail
            | Self::ListJobs
            | Self::ViewJob
            | Self::FetchJobResult
            | Self::ExportCases
            | Self::ViewCalendar
            | Self::ListAdmonitions
            | Self::ViewAdmonition
            | Self::ListMeasureVisits
            | Self::ListProtectionOrders
            | Self::ViewProtectionOrder
            | Self::ListMandatoryReports
            | Self::ViewMandatoryReport
            | Self::ListProceedings
            | Self::ViewProceeding
            | Self::ListPoliceMatters
            | Self::ViewPoliceMatter
            | Self::ListHolds
            | Self::ListErasures
            | Self::ViewErasure
            | Self::ListDocuments
            | Self::ViewDocument
            | Self::ReadDocument
            | Self::ListKeys
            | Self::ViewReceipt
            | Self::ViewWitness => Capability::View,
            Self::ConfirmUser
            | Self::HandOver
            | Self::CollectSecret
            | Self::ActivateContract
            | Self::EndContract
            | Self::MonitorCase
            | Self::CloseCase
            | Self::ReopenCase
            | Self::SetHandler
            | Self::NameDeputy
            | Self::ApproveContactAttempt
            | Self::OfferTransfer
            | Self::AcceptTransfer
            | Self::DeclineTransfer
            | Self::EndGrant
            | Self::AddDuty
            | Self::ChangeDuty
            | Self::LiftWall
            | Self::ReleaseBreakGlass
            | Self::DeclineBreakGlass
            | Self::ReviewBreakGlass
            | Self::RestoreBreakGlass
            | Self::PlaceHold
            | Self::EndHold
            | Self::ApproveErasure
            | Self::WaiveAssessment => Capability::Approve,
            Self::CreateCase
            | Self::ChangeCase
            | Self::ScreenCase
            | Self::OpenCase
            | Self::RequestClose
            | Self::LinkCases
            | Self::UnlinkCases
            | Self::AddParty
            | Self::ChangeParty
            | Self::Assign
            | Self::EndAssignment
            | Self::BuildWall => Capability::Change,
            Self::Declare
            | Self::RecordContactAttempt
            | Self::AddNote
            | Self::AddAction
            | Self::CompleteAction
            | Self::SetOutOnFollowUp
            | Self::MissAction
            | Self::CancelAction
            | Self::FireDeadlines
            | Self::BreakGlass
            | Self::AskDutyDesk
            | Self::AcknowledgeCall
            | Self::QueueMail
            | Self::StartJob
            | Self::CancelJob
            | Self::RunJobs
            | Self::TellOfWitnesses
            | Self::SendMail
            | Self::RecordMail
            | Self::AmendNote
            | Self::ProposeErasure
            | Self::ProposeNoteErasure
            | Self::ProposeDocumentErasure
            | Self::AddDocument
            | Self::BeginUpload
            | Self::FillDocument
            | Self::SweepDocuments
            | Self::WithdrawErasure
            | Self::SealNote
            | Self::AssessRisk
            | Self::SaveSafetyPlan
            | Self::RecordConsent
            | Self::SuspendConsent
            | Self::RevokeConsent
            | Self::ConfirmConsent
            | Self::ClearDeskItem
            | Self::RequestAdmonition
            | Self::IssueAdmonition
            | Self::ServeAdmonition
            | Self::EndAdmonition
            | Self::BreachAdmonition
            | Self::PlanMeasureVisit
            | Self::SetOutOnVisit
            | Self::RecordMeasureVisit
            | Self::DraftProtectionOrder
            | Self::FileProtectionOrder
            | Self::AcceptProtectionOrder
            | Self::PutOrderInForce
            | Self::RejectProtectionOrder
            | Self::RevokeProtectionOrder
            | Self::ExpireProtectionOrder
            | Self::ChangeProtectionOrder
            | Self::BreachProtectionOrder
            | Self::MakeMandatoryReport
            | Self::OpenProceeding
            | Self::SetHearing
            | Self::ConcludeProceeding
            | Self::RecordPoliceMatter
            | Self::ConcludePoliceMatter
            | Self::RecordRelease => Capability::Record,
            Self::DraftIntake
            | Self::DraftReferral
            | Self::ChangeReferral
            | Self::SendReferral
            | Self::AcknowledgeReferral
            | Self::AcceptReferral
            | Self::DeclineReferral
            | Self::TakeOverReferral
            | Self::WithdrawReferral
            | Self::CompleteReferral => Capability::Refer,
            Self::ProposeMediation
            | Self::ScreenParty
            | Self::RecordMediationConsent
            | Self::WithdrawMediationConsent
            | Self::ClearMediation
            | Self::RefuseMediation
            | Self::StopMediation
            | Self::CancelMediation
            | Self::ScheduleSession
            | Self::HoldSession
            | Self::SuspendSession
            | Self::ResumeSession
            | Self::CancelSession
            | Self::ReleaseNotice
            | Self::RecordConfirmation
            | Self::RecordAgreement => Capability::Mediate,
            Self::ListAuditEntries
            | Self::ViewLog
            | Self::ViewLogEntries
            | Self::ExportLog
            | Self::RegisterWitness
            | Self::EndWitness
            | Self::Cosign
            | Self::ObjectToLog => Capability::Audit,
        }
    }
}
