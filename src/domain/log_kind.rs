//! The kinds of log file that lie below a trail's prefix (DOMAIN §6).

/// What a file below a trail's prefix holds. Only [`LogKind::CloudTrail`] has our events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogKind {
    /// Management and data events.
    CloudTrail,
    /// Hourly digests with the hashes of log files.
    Digest,
    /// Insights events.
    Insight,
    /// Network activity events of VPC endpoints.
    NetworkActivity,
    /// Aggregated events, which have another schema.
    Aggregated,
    /// Query results of CloudTrail Lake.
    Lake,
}

impl LogKind {
    /// The kinds that are skipped and counted, in the order of the coverage block.
    pub const SKIPPED: [Self; 5] = [Self::Digest, Self::Insight, Self::NetworkActivity, Self::Aggregated, Self::Lake];

    /// The word in the coverage block.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CloudTrail => "CloudTrail",
            Self::Digest => "Digest",
            Self::Insight => "Insight",
            Self::NetworkActivity => "NetworkActivity",
            Self::Aggregated => "Aggregated",
            Self::Lake => "Lake",
        }
    }

    /// The path segment of its folders.
    #[must_use]
    pub fn segment(self) -> String {
        match self {
            Self::CloudTrail => self.as_str().to_owned(),
            other => format!("{}-{}", Self::CloudTrail.as_str(), other.as_str()),
        }
    }

    /// The kind of a path segment, matched exactly.
    #[must_use]
    pub fn of_segment(segment: &str) -> Option<Self> {
        match segment {
            "CloudTrail" => Some(Self::CloudTrail),
            _ => Self::SKIPPED.into_iter().find(|kind| segment.strip_prefix("CloudTrail-") == Some(kind.as_str())),
        }
    }
}
