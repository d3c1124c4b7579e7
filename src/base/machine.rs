//! State machines: what a step comes to, or why it does not; and pictures. A picture is asked of the very function that
//! decides a step, for every state and step there is, so that it cannot show what the code does not do.

use std::fmt::Write as _;

use super::problem::Problem;

/// A step that the state of a record does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{step}` is not possible in state `{state}`")]
pub struct IllegalStep {
    /// The state.
    pub state: &'static str,
    /// The step.
    pub step: &'static str,
    /// The steps it allows.
    pub allowed: Vec<&'static str>,
}

impl From<IllegalStep> for Problem {
    fn from(IllegalStep { state, step, allowed }: IllegalStep) -> Self {
        Self::illegal_step(state, step, allowed)
    }
}

/// The state after a step, by the function that decides. Errors: it does not allow the step; what it allows of all steps.
pub fn take<S: Copy, T: Copy>(
    (state, state_word): (S, fn(S) -> &'static str),
    (step, step_word): (T, fn(T) -> &'static str),
    all: &[T],
    after: impl Fn(S, T) -> Option<S>,
) -> Result<S, IllegalStep> {
    after(state, step).ok_or_else(|| {
        let mut allowed: Vec<_> = all.iter().filter(|step| after(state, **step).is_some()).map(|step| step_word(*step)).collect();
        // Steps of one path stand beside each other.
        allowed.dedup();
        IllegalStep { state: state_word(state), step: step_word(step), allowed }
    })
}

/// A state machine's transitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    name: &'static str,
    begins: Vec<&'static str>,
    edges: Vec<Edge>,
}

/// From a state, by these steps, to a state.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Edge {
    from: &'static str,
    steps: Vec<&'static str>,
    to: &'static str,
}

impl Machine {
    /// One that begins in any of these states.
    pub fn new<S: Copy>(name: &'static str, begins: &[S], word: fn(S) -> &'static str) -> Self {
        Self { name, begins: begins.iter().map(|state| word(*state)).collect(), edges: Vec::new() }
    }

    /// With all that `after` allows, of these states and steps.
    #[must_use]
    pub fn with<S: Copy, T: Copy>(
        mut self,
        (states, state): (&[S], fn(S) -> &'static str),
        (steps, step): (&[T], fn(T) -> &'static str),
        after: impl Fn(S, T) -> Option<S>,
    ) -> Self {
        for from in states {
            for by in steps {
                if let Some(to) = after(*from, *by) {
                    self.draw(state(*from), step(*by), state(to));
                }
            }
        }
        self
    }

    /// With what happens by itself: `becomes` says what a state has turned into when its time is over.
    #[must_use]
    pub fn by_itself<S: Copy + PartialEq>(
        mut self,
        (states, state): (&[S], fn(S) -> &'static str),
        when: &'static str,
        becomes: impl Fn(S) -> S,
    ) -> Self {
        for from in states {
            let to = becomes(*from);
            if to != *from {
                self.draw(state(*from), when, state(to));
            }
        }
        self
    }

    fn draw(&mut self, from: &'static str, step: &'static str, to: &'static str) {
        match self.edges.iter_mut().find(|edge| edge.from == from && edge.to == to) {
            Some(edge) if edge.steps.contains(&step) => {}
            Some(edge) => edge.steps.push(step),
            None => self.edges.push(Edge { from, steps: vec![step], to }),
        }
    }

    /// Its name and a Mermaid state diagram.
    pub fn picture(&self) -> String {
        let mut out = format!("## {}\n\n```mermaid\nstateDiagram-v2\n", self.name);
        for begin in &self.begins {
            let _ = writeln!(out, "    [*] --> {begin}");
        }
        for Edge { from, steps, to } in &self.edges {
            let _ = writeln!(out, "    {from} --> {to}: {}", steps.join(", "));
        }
        // Where no step leads out to another state, it ends.
        let mut ends: Vec<_> = self.edges.iter().map(|edge| edge.to).collect();
        ends.dedup();
        let mut said = Vec::new();
        for end in ends {
            let leaves = self.edges.iter().any(|edge| edge.from == end && edge.to != end);
            if !leaves && !said.contains(&end) {
                said.push(end);
                let _ = writeln!(out, "    {end} --> [*]");
            }
        }
        out.push_str("```\n");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_shows_what_the_function_allows_and_nothing_else() {
        let word = |state: u8| ["new", "done", "gone"].get(usize::from(state)).copied().unwrap_or("?");
        let step = |step: u8| ["keep", "finish", "check"].get(usize::from(step)).copied().unwrap_or("?");
        let machine = Machine::new("thing", &[0_u8], word)
            .with((&[0, 1], word), (&[0_u8, 1, 2], step), |state, step| match (state, step) {
                (0, 0 | 2) => Some(0),
                (0, 1) => Some(1),
                _ => None,
            })
            .by_itself((&[0, 1], word), "its time is over", |state| if state == 0 { 2 } else { state });
        assert_eq!(
            machine.picture(),
            "## thing\n\n```mermaid\nstateDiagram-v2\n    [*] --> new\n    new --> new: keep, check\n    new --> done: finish\n    \
             new --> gone: its time is over\n    done --> [*]\n    gone --> [*]\n```\n"
        );
    }
}
