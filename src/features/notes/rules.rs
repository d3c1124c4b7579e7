//! Who may amend and seal a note: pure.

use crate::base::problem::Problem;
use crate::base::words::Facet;

/// How somebody stands toward a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stance {
    /// The facet it belongs to now.
    pub facet: Facet,
    /// Whether they wrote it.
    pub is_own: bool,
    /// Whether they read its facet.
    pub reads: bool,
    /// Whether they write its facet.
    pub writes: bool,
    /// Whether they are the owner's handler, deputy or supervisor.
    pub is_owner: bool,
}

/// Why a note was not amended or sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteRefused {
    /// Withheld from them: as if it were not there.
    #[error("withheld")]
    Withheld,
    /// Neither its author nor somebody who may.
    #[error("not theirs to change")]
    NotTheirs,
    /// It is confidential already.
    #[error("confidential already")]
    Confidential,
}

impl From<NoteRefused> for Problem {
    fn from(refused: NoteRefused) -> Self {
        match refused {
            NoteRefused::Withheld => Self::not_found(),
            NoteRefused::NotTheirs => Self::forbidden(),
            NoteRefused::Confidential => Self::illegal_step("confidential", "seal", []),
        }
    }
}

impl Stance {
    /// Whoever reads the facet reads the note; its author always.
    pub fn sees(self) -> Result<(), NoteRefused> {
        if self.reads || self.is_own { Ok(()) } else { Err(NoteRefused::Withheld) }
    }
    /// The author, or whoever writes the facet and sees the note.
    pub fn amends(self) -> Result<(), NoteRefused> {
        self.sees()?;
        if self.is_own || self.writes { Ok(()) } else { Err(NoteRefused::NotTheirs) }
    }
    /// The author, or the owner's handler, deputy and supervisors.
    pub fn seals(self) -> Result<(), NoteRefused> {
        self.sees()?;
        if !(self.is_own || self.is_owner) {
            return Err(NoteRefused::NotTheirs);
        }
        if self.facet == Facet::Confidential { Err(NoteRefused::Confidential) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRANGER: Stance = Stance { facet: Facet::Progress, is_own: false, reads: false, writes: false, is_owner: false };

    #[test]
    fn what_is_withheld_is_as_if_it_were_not_there() {
        // The owner writes `confidential` without reading it: another's note is neither amended nor sealed by guessing.
        let owner = Stance { facet: Facet::Confidential, writes: true, is_owner: true, ..STRANGER };
        for stance in [STRANGER, owner] {
            assert_eq!(stance.sees(), Err(NoteRefused::Withheld));
            assert_eq!(stance.amends(), Err(NoteRefused::Withheld));
            assert_eq!(stance.seals(), Err(NoteRefused::Withheld));
        }
        assert_eq!(Problem::from(NoteRefused::Withheld), Problem::not_found());
    }

    #[test]
    fn authors_amend_and_seal_their_own_whatever_their_grant_names() {
        let author = Stance { is_own: true, ..STRANGER };
        assert_eq!((author.sees(), author.amends(), author.seals()), (Ok(()), Ok(()), Ok(())));
    }

    #[test]
    fn readers_seal_nothing_and_writers_amend() {
        let reader = Stance { reads: true, ..STRANGER };
        assert_eq!((reader.amends(), reader.seals()), (Err(NoteRefused::NotTheirs), Err(NoteRefused::NotTheirs)));
        let writer = Stance { writes: true, ..reader };
        assert_eq!((writer.amends(), writer.seals()), (Ok(()), Err(NoteRefused::NotTheirs)));
        let owner = Stance { is_owner: true, ..writer };
        assert_eq!(owner.seals(), Ok(()));
    }

    #[test]
    fn a_confidential_note_is_not_sealed_again() {
        let author = Stance { is_own: true, facet: Facet::Confidential, ..STRANGER };
        assert_eq!(author.seals(), Err(NoteRefused::Confidential));
    }
}
