//! What was read, and what is missing (DESIGN §4).

mod count;

mod delivery;

mod flaw;

mod gap;

mod part;

mod place;

mod source;

mod told;

mod verification;

mod verified;

mod whole;

pub use self::count::{FileCount, FileOutcome};
pub use self::delivery::{Besides, DeliveryTally, EarlyTally, delivery_of};
pub use self::flaw::{Conflict, FailedFile, MalformedList, MalformedRecord};
pub use self::gap::{DAYS_BEFORE, Gap, GapKind};
pub use self::place::{DayKey, DayTally, DaysWithFiles};
pub use self::source::{SourceCoverage, SourceTally};
pub use self::told::ToldByDigests;
pub use self::verification::{NOT_VERIFIED, Verification};
pub use self::verified::{ChainHours, VerdictTally, Verified};
pub use self::whole::{Coverage, SERVICES};
