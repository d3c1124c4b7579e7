//! Facets, the unit of disclosure, and the basis on which one may see them (domain.md, "Facets" and "Grants").

use super::words;

words! {
    /// A part of a case that is disclosed or withheld as one. Every field belongs to exactly one.
    pub enum Facet {
        /// Names, ID number, sex, birth date, relationship.
        Identity = "identity",
        /// Phone, safe times, may-leave-a-message, code word, cover name, postal address.
        Contact = "contact",
        /// Whereabouts, shelter, school, routine, who fetches the children.
        Location = "location",
        /// What happened, police report, evidence list.
        Incident = "incident",
        /// Assessments, level, repeat flag, hazards to visitors.
        Risk = "risk",
        /// Names, ages, needs; never school.
        Children = "children",
        /// Ordinary notes, plan, who leads, service hours.
        Progress = "progress",
        /// What she said in confidence, counselling, screening answers, safety plan, who reported.
        Confidential = "confidential",
        /// Dates, pass or fail of the gate, records, agreement.
        Mediation = "mediation",
        /// Admonitions, orders, proceedings; never the shelter.
        Measures = "measures",
        /// Who does what by when.
        Actions = "actions",
    }

    /// Why somebody may see a case.
    pub enum Basis {
        /// Drafted an intake: its own intake as sent, and its state.
        Author = "author",
        /// Owns the case.
        Jurisdiction = "jurisdiction",
        /// Works it under a contract.
        Assignment = "assignment",
        /// Accepted a referral.
        Referral = "referral",
        /// A measure or report that obliges.
        StatutoryDuty = "statutory_duty",
        /// A case conference.
        Conference = "conference",
        /// Urgent reading, reviewed afterwards.
        BreakGlass = "break_glass",
    }
}

/// A set of facets: stored and sent as their words, in the order of the list.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct FacetSet(u16);

impl FacetSet {
    /// No facet.
    pub const EMPTY: Self = Self(0);
    /// Every facet.
    pub const ALL: Self = Self(0x07FF);

    const fn bit(facet: Facet) -> u16 {
        match facet {
            Facet::Identity => 1,
            Facet::Contact => 1 << 1,
            Facet::Location => 1 << 2,
            Facet::Incident => 1 << 3,
            Facet::Risk => 1 << 4,
            Facet::Children => 1 << 5,
            Facet::Progress => 1 << 6,
            Facet::Confidential => 1 << 7,
            Facet::Mediation => 1 << 8,
            Facet::Measures => 1 << 9,
            Facet::Actions => 1 << 10,
        }
    }
    /// The set of these.
    pub fn of(facets: &[Facet]) -> Self {
        facets.iter().copied().collect()
    }
    /// Whether the facet is in it.
    pub const fn has(self, facet: Facet) -> bool {
        self.0 & Self::bit(facet) != 0
    }
    /// With the facet.
    #[must_use]
    pub const fn with(self, facet: Facet) -> Self {
        Self(self.0 | Self::bit(facet))
    }
    /// Without the facet.
    #[must_use]
    pub const fn without(self, facet: Facet) -> Self {
        Self(self.0 & !Self::bit(facet))
    }
    /// In either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    /// In both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
    /// In this, not in the other.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
    /// Whether each of these is in the other.
    pub const fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// The facets, in the order of the list.
    pub fn iter(self) -> impl Iterator<Item = Facet> {
        Facet::ALL.iter().copied().filter(move |f| self.has(*f))
    }
    /// Their words, space between, as stored.
    pub fn to_text(self) -> String {
        self.iter().map(Facet::as_str).collect::<Vec<_>>().join(" ")
    }
}

impl FromIterator<Facet> for FacetSet {
    fn from_iter<I: IntoIterator<Item = Facet>>(iter: I) -> Self {
        iter.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl std::fmt::Debug for FacetSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{{{}}}", self.to_text())
    }
}

impl std::str::FromStr for FacetSet {
    type Err = super::UnknownWord;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split_whitespace().map(str::parse).collect()
    }
}

impl serde::Serialize for FacetSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> serde::Deserialize<'de> for FacetSet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<Facet>::deserialize(deserializer)?.into_iter().collect())
    }
}

impl schemars::JsonSchema for FacetSet {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "FacetSet".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let item = generator.subschema_for::<Facet>();
        schemars::json_schema!({ "type": "array", "items": item, "uniqueItems": true, "maxItems": 11 })
    }
}

// A set has no text of its own to lend, so that each database gets a number's worth of words made for it.
impl diesel::serialize::ToSql<diesel::sql_types::Text, diesel::sqlite::Sqlite> for FacetSet {
    fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, diesel::sqlite::Sqlite>) -> diesel::serialize::Result {
        out.set_value(self.to_text());
        Ok(diesel::serialize::IsNull::No)
    }
}

impl diesel::serialize::ToSql<diesel::sql_types::Text, diesel::pg::Pg> for FacetSet {
    fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>) -> diesel::serialize::Result {
        std::io::Write::write_all(out, self.to_text().as_bytes())?;
        Ok(diesel::serialize::IsNull::No)
    }
}

impl diesel::serialize::ToSql<diesel::sql_types::Text, crate::base::db::MultiBackend> for FacetSet {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, crate::base::db::MultiBackend>,
    ) -> diesel::serialize::Result {
        out.set_value((diesel::sql_types::Text, self));
        Ok(diesel::serialize::IsNull::No)
    }
}

impl<DB> diesel::deserialize::FromSql<diesel::sql_types::Text, DB> for FacetSet
where
    DB: diesel::backend::Backend,
    String: diesel::deserialize::FromSql<diesel::sql_types::Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
        let text = <String as diesel::deserialize::FromSql<diesel::sql_types::Text, DB>>::from_sql(bytes)?;
        Ok(text.parse::<Self>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_every_facet_of_the_list() {
        assert_eq!(FacetSet::of(Facet::ALL), FacetSet::ALL);
        assert_eq!(FacetSet::ALL.iter().count(), Facet::ALL.len());
    }

    #[test]
    fn a_set_is_stored_in_the_order_of_the_list() {
        let set = FacetSet::of(&[Facet::Actions, Facet::Identity]);
        assert_eq!(set.to_text(), "identity actions");
        assert_eq!("actions identity".parse::<FacetSet>(), Ok(set));
        assert!("identity shelter".parse::<FacetSet>().is_err());
    }
}
