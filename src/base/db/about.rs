//! Which audit entries are about a case. On SQLite the index over that begins with the time, in periods of three days, so that an
//! append touches the pages of its own period alone, however long the log is; so it is read period by period.

use diesel::QueryResult;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Bool, Text};

use super::schema::audit_entries;
use super::{Conn, MultiBackend, Tx};
use crate::base::ids::CaseId;

/// Whether an entry is about this case; made by [`Tx::about_case`].
#[derive(Debug, Clone, Copy)]
pub struct AboutCase {
    case: CaseId,
    by_period: bool,
}

impl Tx<'_> {
    /// Whether an entry is about this case, for a query over `audit_entries`.
    pub fn about_case(&mut self, case: CaseId) -> AboutCase {
        AboutCase { case, by_period: matches!(self.conn(), Conn::Sqlite(_)) }
    }
}

/// From the last period to the first, each found by a step in the index; then the case's entries in each. The expression is the
/// index's own (migration 0131), or it would not be used.
const BY_PERIOD: &str = "audit_entries.id IN (WITH RECURSIVE periods(period) AS (\
     SELECT (SELECT substr(entry_id, 1, 5) FROM audit_cases ORDER BY substr(entry_id, 1, 5) DESC LIMIT 1) \
     UNION ALL SELECT (SELECT substr(entry_id, 1, 5) FROM audit_cases WHERE substr(entry_id, 1, 5) < period \
     ORDER BY substr(entry_id, 1, 5) DESC LIMIT 1) FROM periods WHERE period IS NOT NULL) \
     SELECT entry_id FROM periods CROSS JOIN audit_cases WHERE substr(entry_id, 1, 5) = period AND case_id = ";

const BY_CASE: &str = "audit_entries.id IN (SELECT entry_id FROM audit_cases WHERE case_id = ";

impl Expression for AboutCase {
    type SqlType = Bool;
}

impl QueryId for AboutCase {
    // Its text depends on the database: it is known by its text.
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<GroupBy> ValidGrouping<GroupBy> for AboutCase {
    type IsAggregate = is_aggregate::No;
}

impl SelectableExpression<audit_entries::table> for AboutCase {}

impl AppearsOnTable<audit_entries::table> for AboutCase {}

impl QueryFragment<MultiBackend> for AboutCase {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        out.push_sql(if self.by_period { BY_PERIOD } else { BY_CASE });
        out.push_bind_param::<Text, CaseId>(&self.case)?;
        out.push_sql(")");
        Ok(())
    }
}
