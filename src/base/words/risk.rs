//! The words of risk (domain.md, "`risk_assessment`") and of the safeguards under which an old assessment is waived.

use super::words;

words! {
    /// How much danger she is in. Not yet assessed counts as `high`; nobody is ever "no risk".
    pub enum RiskLevel {
        /// 标准
        Standard = "standard",
        /// 中
        Medium = "medium",
        /// 高
        High = "high",
    }

    /// An answer to a question of an instrument. A question without one stays open: that is not "no".
    pub enum RiskAnswer {
        /// 是
        Yes = "yes",
        /// 否
        No = "no",
        /// 不清楚:asked, and not known.
        Unknown = "unknown",
    }

    /// Whom an instrument is for.
    pub enum InstrumentAudience {
        /// 成年人
        Adults = "adults",
        /// 老年人
        Elders = "elders",
        /// 儿童
        Children = "children",
    }

    /// What keeps her safe where mediation rests on an assessment older than 30 days.
    pub enum Safeguard {
        /// The parties sit in different rooms.
        SeparateRooms = "separate_rooms",
        /// The mediator goes between them; they never meet.
        Shuttle = "shuttle",
        /// By telephone or video.
        Remote = "remote",
        /// She is brought there and back.
        Escort = "escort",
        /// They come and go at different times.
        StaggeredArrival = "staggered_arrival",
    }
}
