//! `column IN (…)` as a statement that is prepared once: diesel's `eq_any` makes another statement for each number of
//! values and keeps none of them, so that each use costs a preparation.

use diesel::QueryResult;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Bool, HasSqlType, SingleValue, SqlType};

use super::MultiBackend;

/// Whether a column holds one of these values; made by [`among`].
#[derive(Debug, Clone)]
pub struct Among<E, T> {
    column: E,
    values: Vec<T>,
}

/// Whether the column, which is never null, holds one of these values. The list is filled up with its last value to one of
/// few lengths, so that few statements serve every list.
pub fn among<E, T: Clone>(column: E, values: &[T]) -> Among<E, T> {
    let mut padded = values.to_vec();
    if let Some(last) = values.last() {
        let length = values.len().checked_next_power_of_two().unwrap_or(values.len());
        padded.resize(length, last.clone());
    }
    Among { column, values: padded }
}

impl<E, T> Expression for Among<E, T>
where
    E: Expression,
{
    type SqlType = Bool;
}

impl<E, T> QueryId for Among<E, T> {
    // Its text depends on the number of values: it is known by its text.
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<E, T, GroupBy> ValidGrouping<GroupBy> for Among<E, T> {
    type IsAggregate = is_aggregate::No;
}

impl<E, T, Source> SelectableExpression<Source> for Among<E, T>
where
    Self: AppearsOnTable<Source>,
    E: SelectableExpression<Source>,
{
}

impl<E, T, Source> AppearsOnTable<Source> for Among<E, T> where E: AppearsOnTable<Source> {}

impl<E, T> QueryFragment<MultiBackend> for Among<E, T>
where
    E: Expression + QueryFragment<MultiBackend>,
    E::SqlType: SqlType + SingleValue,
    MultiBackend: HasSqlType<E::SqlType>,
    T: ToSql<E::SqlType, MultiBackend>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        if self.values.is_empty() {
            out.push_sql("1 = 0");
            return Ok(());
        }
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (");
        for (place, value) in self.values.iter().enumerate() {
            if place > 0 {
                out.push_sql(", ");
            }
            out.push_bind_param::<E::SqlType, T>(value)?;
        }
        out.push_sql(")");
        Ok(())
    }
}
