//! libpq's `sslmode` and the settings beside it.

use std::path::PathBuf;

use strum::{EnumString, IntoStaticStr, VariantNames};

use super::malformed;
use crate::Error;

/// How a connection is encrypted and the server verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, EnumString, IntoStaticStr, VariantNames)]
#[strum(serialize_all = "kebab-case")]
pub(crate) enum SslMode {
    Disable,
    Allow,
    #[default]
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

/// Whose signature on a server's certificate is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Roots {
    System,
    File(PathBuf),
}

/// Everything about encryption.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tls {
    pub(crate) mode: SslMode,
    pub(crate) roots: Option<Roots>,
    /// A certificate to show the server, and its key.
    pub(crate) identity: Option<(PathBuf, PathBuf)>,
}

/// A value, and the name of the setting that has it.
pub(super) struct Given {
    pub(super) setting: String,
    pub(super) value: String,
}

impl Given {
    /// Paths are repeated where a file is missing; a key that stands in the place of its path must not be.
    fn checked(self) -> Result<Self, Error> {
        if self.value.contains("-----BEGIN") || self.value.contains('\n') {
            return Err(malformed(&self.setting, "must be the path of a file, not what the file holds"));
        }
        Ok(self)
    }
}

impl Tls {
    /// Reads the settings, each of which `given` finds by its name in a URL and by that of its variable.
    pub(super) fn read(given: impl Fn(&str, &str) -> Result<Option<Given>, Error>) -> Result<Self, Error> {
        let given = |key: &str, name: &str| given(key, name)?.map(Given::checked).transpose();
        let roots = given("sslrootcert", "POSTGRES_SSLROOTCERT")?.map(|roots| match roots.value.as_str() {
            "system" => Roots::System,
            _ => Roots::File(roots.value.into()),
        });
        let mode = given("sslmode", "POSTGRES_SSL")?;
        let identity = match (given("sslcert", "POSTGRES_SSLCERT")?, given("sslkey", "POSTGRES_SSLKEY")?) {
            (Some(certificate), Some(key)) => Some((certificate.value.into(), key.value.into())),
            (None, None) => None,
            (Some(given), None) => return Err(malformed(&given.setting, "needs the key of the certificate, sslkey")),
            (None, Some(given)) => return Err(malformed(&given.setting, "needs the certificate of the key, sslcert")),
        };
        let default = if roots == Some(Roots::System) { SslMode::VerifyFull } else { SslMode::default() };
        let tls = Self { mode: mode.as_ref().map_or(Ok(default), parse_mode)?, roots, identity };
        match (tls.mode, &tls.roots, mode) {
            (SslMode::VerifyCa | SslMode::VerifyFull, None, Some(mode)) => {
                Err(malformed(&mode.setting, format!("is {}, which needs sslrootcert: a file of certificates, or system", mode.value)))
            }
            // Whoever owns any domain has a certificate that the system trusts.
            (SslMode::Disable | SslMode::VerifyFull, _, _) => Ok(tls),
            (_, Some(Roots::System), Some(mode)) => {
                Err(malformed(&mode.setting, format!("is {}, but sslrootcert=system needs verify-full", mode.value)))
            }
            _ => Ok(tls),
        }
    }
}

fn parse_mode(given: &Given) -> Result<SslMode, Error> {
    match given.value.as_str() {
        "true" => Ok(SslMode::Require),
        "false" => Ok(SslMode::Disable),
        mode => mode.parse().map_err(|_| malformed(&given.setting, format!("must be one of {}", SslMode::VARIANTS.join(", ")))),
    }
}
