//! rustls, with the meanings of libpq's `sslmode`.

use std::{path::Path, sync::Arc};

use rustls::{
    ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor, verify_server_name,
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
    server::ParsedCertificate,
};

use crate::{
    Error,
    config::tls::{Roots, SslMode, Tls},
    error::ErrorKind,
};

/// What encrypted connections are made with. Reads the files that the settings name.
pub(super) fn client_config(tls: &Tls) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let roots = match &tls.roots {
        Some(roots) if tls.mode != SslMode::Disable => Some(trusted(roots)?),
        None if tls.mode >= SslMode::VerifyCa => Some(RootCertStore::empty()),
        _ => None,
    };
    let verifier = Verifier { roots, checks_name: tls.mode == SslMode::VerifyFull, provider: provider.clone() };
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(internal)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match &tls.identity {
        Some((certificate, key)) if tls.mode != SslMode::Disable => {
            let chain = certificates("sslcert", certificate)?;
            let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| unreadable("sslkey", key, error))?;
            builder.with_client_auth_cert(chain, secret).map_err(|error| unreadable("sslkey", key, error))?
        }
        _ => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"postgresql".to_vec()];
    Ok(config)
}

fn trusted(roots: &Roots) -> Result<RootCertStore, Error> {
    let mut store = RootCertStore::empty();
    match roots {
        Roots::System => {
            let system = rustls_native_certs::load_native_certs();
            store.add_parsable_certificates(system.certs);
            if store.is_empty() {
                let reason = system.errors.first().map_or_else(|| "it trusts none".to_owned(), ToString::to_string);
                return Err(Error::new(ErrorKind::Configuration, format!("sslrootcert: no certificates of the system: {reason}")));
            }
        }
        Roots::File(path) => {
            for certificate in certificates("sslrootcert", path)? {
                store.add(certificate).map_err(|error| unreadable("sslrootcert", path, error))?;
            }
        }
    }
    Ok(store)
}

fn certificates(setting: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates: Vec<_> =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect).map_err(|error| unreadable(setting, path, error))?;
    if certificates.is_empty() {
        return Err(Error::new(ErrorKind::Configuration, format!("{setting}: {} has no certificate in PEM format", path.display())));
    }
    Ok(certificates)
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
    roots: Option<RootCertStore>,
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
        if let Some(roots) = &self.roots {
            let certificate = ParsedCertificate::try_from(certificate)?;
            let algorithms = self.provider.signature_verification_algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&certificate, roots, intermediates, now, algorithms)?;
            if self.checks_name {
                verify_server_name(&certificate, name)?;
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
