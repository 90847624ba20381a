//! rustls, with the meanings of libpq's `sslmode`.

use std::{path::Path, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor, verify_server_name,
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{
        CertificateDer, PrivateKeyDer, ServerName, UnixTime,
        pem::{self, PemObject},
    },
    server::ParsedCertificate,
};
use x509_cert::{Certificate, der::Decode};

use crate::{
    Error,
    config::tls::{Roots, SslMode, Tls},
    error::ErrorKind,
};

/// What encrypted connections are made with. Reads the files that the settings name.
pub(super) fn client_config(tls: &Tls) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let trusted = match &tls.roots {
        Some(roots) if tls.mode != SslMode::Disable => Some(Trusted::read(roots)?),
        None if tls.mode >= SslMode::VerifyCa => Some(Trusted::nobody()),
        _ => None,
    };
    let verifier = Verifier { trusted, checks_name: tls.mode == SslMode::VerifyFull, provider: provider.clone() };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(internal)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match &tls.identity {
        Some((certificate, key)) if tls.mode != SslMode::Disable => {
            let chain = certificates("sslcert", certificate)?;
            let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| no_pem("sslkey", key, error))?;
            builder.with_client_auth_cert(chain, secret).map_err(|error| unreadable("sslkey", key, error))?
        }
        _ => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(config)
}

/// Certificates whose signatures are trusted.
#[derive(Debug)]
struct Trusted {
    roots: RootCertStore,
    /// Those of a file once more, as they are.
    exact: Vec<CertificateDer<'static>>,
}

impl Trusted {
    fn nobody() -> Self {
        Self { roots: RootCertStore::empty(), exact: Vec::new() }
    }

    fn read(roots: &Roots) -> Result<Self, Error> {
        let mut trusted = Self::nobody();
        match roots {
            Roots::System => {
                let system = rustls_native_certs::load_native_certs();
                trusted.roots.add_parsable_certificates(system.certs);
                if trusted.roots.is_empty() {
                    let reason = system.errors.first().map_or_else(|| "it trusts none".to_owned(), ToString::to_string);
                    return Err(Error::new(ErrorKind::Configuration, format!("sslrootcert: no certificates of the system: {reason}")));
                }
            }
            Roots::File(path) => {
                trusted.exact = certificates("sslrootcert", path)?;
                for certificate in &trusted.exact {
                    trusted.roots.add(certificate.clone()).map_err(|error| unreadable("sslrootcert", path, error))?;
                }
            }
        }
        Ok(trusted)
    }
}

fn certificates(setting: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates: Vec<_> =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(|error| no_pem(setting, path, error))?;
    if certificates.is_empty() {
        return Err(Error::new(ErrorKind::Configuration, format!("{setting}: {} has no certificate in PEM format", path.display())));
    }
    Ok(certificates)
}

/// What is wrong with the text of a file is told by repeating it, and it may be a key.
fn no_pem(setting: &str, path: &Path, error: pem::Error) -> Error {
    match error {
        pem::Error::Io(error) => unreadable(setting, path, error),
        _ => Error::new(ErrorKind::Configuration, format!("{setting}: {} is not in PEM format", path.display())),
    }
}

fn unreadable(setting: &str, path: &Path, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Configuration, format!("{setting}: {} cannot be used: {error}", path.display())).because(error)
}

fn internal(error: rustls::Error) -> Error {
    Error::new(ErrorKind::Internal, format!("encryption is not available: {error}")).because(error)
}

/// Verifies a server's certificate as far as the mode asks. Whatever the mode, the server proves that the key of
/// the certificate is its own.
#[derive(Debug)]
struct Verifier {
    trusted: Option<Trusted>,
    checks_name: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(Trusted { roots, exact }) = &self.trusted {
            let parsed = ParsedCertificate::try_from(certificate)?;
            let algorithms = self.provider.signature_verification_algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&parsed, roots, intermediates, now, algorithms).or_else(|error| {
                // OpenSSL makes self-signed certificates out for authorities, which webpki accepts of no server.
                if exact.contains(certificate) { verify_validity(certificate, now) } else { Err(error) }
            })?;
            if self.checks_name {
                verify_server_name(&parsed, name)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Whether a certificate that is itself trusted is so now.
fn verify_validity(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), rustls::Error> {
    let certificate = Certificate::from_der(certificate).map_err(|_| CertificateError::BadEncoding)?;
    let validity = certificate.tbs_certificate.validity;
    let [not_before, not_after] = [validity.not_before, validity.not_after].map(|time| UnixTime::since_unix_epoch(time.to_unix_duration()));
    if now < not_before {
        return Err(CertificateError::NotValidYetContext { time: now, not_before }.into());
    }
    if now > not_after {
        return Err(CertificateError::ExpiredContext { time: now, not_after }.into());
    }
    Ok(())
}
