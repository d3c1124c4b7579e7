//! The policy: Cedar files in `config/policies`, validated against their schema at start, asked by standing alone.
//!
//! A decision is a pure function of a standing (no id, no name, no content in it) and an action, so that it is remembered:
//! Cedar's cost is paid once a standing, not once a read.

mod page;
mod standing;

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::Arc;

use cedar_policy::{
    Authorizer, Context, Decision as Verdict, Entities, Entity, EntityId, EntityUid, PolicyId, PolicySet, Request,
    RestrictedExpression, Schema, ValidationMode, Validator,
};
use sha2::{Digest, Sha256};

pub use page::page;
pub(super) use standing::{CaseStanding, RecordStanding, Standing, Subject};

use crate::base::words::{Action, Facet, FacetSet, Role};

const FILES: [(&str, &str); 3] = [
    ("cases.cedar", include_str!("../../../config/policies/cases.cedar")),
    ("facets.cedar", include_str!("../../../config/policies/facets.cedar")),
    ("records.cedar", include_str!("../../../config/policies/records.cedar")),
];
const SCHEMA: &str = include_str!("../../../config/policies/lianhu.cedarschema");

/// How many decisions are remembered: a standing is a few words, and a district has some hundreds.
const REMEMBERED: usize = 20_000;

/// Why the policy cannot be used; the start stops.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// A file that does not parse or does not fit the schema.
    #[error("{file}:{line}: {reason}")]
    File {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// Cedar's words.
        reason: String,
    },
    /// A policy without an `@id`, or with one that another has.
    #[error("{file}: each policy needs an @id of its own, an @en and a @zh; {policy} lacks one")]
    Unnamed {
        /// The file.
        file: String,
        /// The policy.
        policy: String,
    },
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decision {
    pub allowed: bool,
    /// The policies that decided, by their ids.
    pub policies: Vec<String>,
    /// Facets that may be read; of a record, none.
    pub reads: FacetSet,
    /// Facets that may be written.
    pub writes: FacetSet,
}

/// The policy in force.
pub struct Policy {
    set: PolicySet,
    schema: Schema,
    hash: String,
    remembered: quick_cache::sync::Cache<(Standing, Action), Arc<Decision>>,
}

fn in_file(file: &str, text: &str, error: &(impl miette::Diagnostic + std::fmt::Display)) -> PolicyError {
    let offset = error.labels().and_then(|mut labels| labels.next()).map_or(0, |label| label.offset());
    let line = crate::base::text::line_at(text, offset);
    PolicyError::File { file: file.to_owned(), line, reason: error.to_string() }
}

impl Policy {
    /// The policy in the binary.
    pub fn embedded() -> Result<Self, PolicyError> {
        Self::of(SCHEMA, &FILES)
    }

    /// A policy of these files.
    pub(super) fn of(schema_text: &str, files: &[(&str, &str)]) -> Result<Self, PolicyError> {
        let (schema, _) =
            Schema::from_cedarschema_str(schema_text).map_err(|error| in_file("lianhu.cedarschema", schema_text, &error))?;
        let mut set = PolicySet::new();
        let mut hash = Sha256::new();
        hash.update(schema_text.as_bytes());
        for (file, text) in files {
            hash.update(text.as_bytes());
            let parsed = PolicySet::from_str(text).map_err(|error| in_file(file, text, &error))?;
            let validated = Validator::new(schema.clone()).validate(&parsed, ValidationMode::Strict);
            if let Some(error) = validated.validation_errors().next() {
                return Err(in_file(file, text, error));
            }
            for policy in parsed.policies() {
                let unnamed = || PolicyError::Unnamed { file: (*file).to_owned(), policy: policy.id().to_string() };
                let id = policy.annotation("id").ok_or_else(unnamed)?;
                if policy.annotation("en").is_none() || policy.annotation("zh").is_none() {
                    return Err(unnamed());
                }
                set.add(policy.new_id(PolicyId::new(id))).map_err(|_| unnamed())?;
            }
        }
        let hash = data_encoding::HEXLOWER.encode(&hash.finalize());
        Ok(Self { set, schema, hash, remembered: quick_cache::sync::Cache::new(REMEMBERED) })
    }

    /// SHA-256 of the schema and the policies, hex: each audit entry names it.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Decides, or remembers having decided.
    pub(super) fn decide(&self, standing: &Standing, action: Action) -> Arc<Decision> {
        let key = (standing.clone(), action);
        if let Some(known) = self.remembered.get(&key) {
            return known;
        }
        let decision = Arc::new(self.ask(standing, action));
        self.remembered.insert(key, decision.clone());
        decision
    }

    /// Asks Cedar. What Cedar cannot answer is refused.
    fn ask(&self, standing: &Standing, action: Action) -> Decision {
        let refused = Decision { allowed: false, policies: Vec::new(), reads: FacetSet::EMPTY, writes: FacetSet::EMPTY };
        let Some((entities, actor, resource)) = self.entities(standing) else {
            tracing::error!("a standing could not be put into the policy's words");
            return refused;
        };
        let (allowed, mut policies) = self.one(action.as_str(), (&actor, &resource), Vec::new(), &entities);
        let (mut reads, mut writes) = (FacetSet::EMPTY, FacetSet::EMPTY);
        if let (true, Standing::Case(case)) = (allowed, standing) {
            for facet in Facet::ALL.iter().copied() {
                for is_read in [true, false] {
                    let naming = case.bases.iter().filter(|(_, read, write)| if is_read { read } else { write }.has(facet));
                    let context = vec![
                        ("facet".to_owned(), text(facet.as_str())),
                        ("action".to_owned(), text(action.as_str())),
                        ("bases".to_owned(), RestrictedExpression::new_set(naming.map(|(basis, _, _)| text(basis.as_str())))),
                    ];
                    let what = if is_read { "read_facet" } else { "write_facet" };
                    let (yes, by) = self.one(what, (&actor, &resource), context, &entities);
                    if yes {
                        let set = if is_read { &mut reads } else { &mut writes };
                        *set = set.with(facet);
                        policies.extend(by);
                    }
                }
            }
        }
        Decision { allowed, policies: policies.into_iter().collect(), reads, writes }
    }

    fn one(
        &self,
        action: &str,
        (actor, resource): (&EntityUid, &EntityUid),
        context: Vec<(String, RestrictedExpression)>,
        entities: &Entities,
    ) -> (bool, BTreeSet<String>) {
        let asked = Context::from_pairs(context).ok().zip(uid("Action", action)).and_then(|(context, action)| {
            Request::new(actor.clone(), action, resource.clone(), context, Some(&self.schema)).ok()
        });
        // A question that the schema does not know is refused: an action of another kind of resource.
        let Some(request) = asked else { return (false, BTreeSet::new()) };
        let answer = Authorizer::new().is_authorized(&request, &self.set, entities);
        let by = answer.diagnostics().reason().map(ToString::to_string).collect();
        (answer.decision() == Verdict::Allow && answer.diagnostics().errors().next().is_none(), by)
    }
}

fn uid(kind: &str, id: &str) -> Option<EntityUid> {
    Some(EntityUid::from_type_name_and_id(kind.parse().ok()?, EntityId::new(id)))
}

fn text(value: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_owned())
}

impl Policy {
    /// The standing as Cedar's entities, with the actor's and the resource's names; and the schema's actions in their
    /// groups.
    fn entities(&self, standing: &Standing) -> Option<(Entities, EntityUid, EntityUid)> {
        let subject = standing.subject();
        let truth = RestrictedExpression::new_bool;
        let words = |words: Vec<&'static str>| RestrictedExpression::new_set(words.into_iter().map(text));
        let actor = vec![
            ("roles", words(subject.roles.iter().map(Role::as_str).collect())),
            ("agency_kind", text(subject.agency_kind.map_or("", |kind| kind.as_str()))),
            ("may_own", truth(subject.may_own)),
            ("job", text(subject.job.map_or("", |job| job.as_str()))),
            ("must_change_password", truth(subject.must_change_password)),
            ("by_token", truth(subject.by_token)),
        ];
        let (kind, attributes) = match standing {
            Standing::Case(case) => (
                "Case",
                vec![
                    ("status", text(case.status.as_str())),
                    ("duty", text(case.duty.map_or("", |duty| duty.as_str()))),
                    ("bases", words(case.bases.iter().map(|(basis, _, _)| basis.as_str()).collect())),
                    ("offered", truth(case.offered)),
                    ("transfer_offered", truth(case.transfer_offered)),
                    ("on_call", truth(case.on_call)),
                    ("declared", truth(case.declared)),
                    ("erased", truth(case.erased)),
                    ("walled", truth(case.walled)),
                ],
            ),
            Standing::Record(record) => (
                "Record",
                vec![
                    ("own", truth(record.own)),
                    ("same_agency", truth(record.same_agency)),
                    ("counterpart", truth(record.counterpart)),
                    ("alone", truth(record.alone)),
                    ("of_owner", truth(record.of_owner)),
                ],
            ),
        };
        let entity = |id: EntityUid, attributes: Vec<(&str, RestrictedExpression)>| {
            let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            Entity::new(id, attributes, std::collections::HashSet::new()).ok()
        };
        let (actor_id, resource_id) = (uid("User", "actor")?, uid(kind, "it")?);
        let made = [entity(actor_id.clone(), actor)?, entity(resource_id.clone(), attributes)?];
        Some((Entities::from_entities(made, Some(&self.schema)).ok()?, actor_id, resource_id))
    }
}

#[cfg(test)]
mod tests;
