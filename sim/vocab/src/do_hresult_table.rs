//! The HRESULTs that only Delivery Optimization has: name, value, class, meaning. Sources and the
//! basis of each class are in `fixtures/rules/do-hresults.yaml`; a test compares.

use super::{Class, Hresult, Known};

hresults! {
    /// The service cannot take the request: it is absent, stopped, or shutting down.
    DO_E_NO_SERVICE = 0x80D01001 Call "DO_E_NO_SERVICE",
    /// No byte arrived during the whole no-progress window.
    DO_E_DOWNLOAD_NO_PROGRESS = 0x80D02002 Fatal "DO_E_DOWNLOAD_NO_PROGRESS",
    /// No job with the given id exists.
    DO_E_JOB_NOT_FOUND = 0x80D02003 Call "DO_E_JOB_NOT_FOUND",
    /// The job holds no file, at least one was expected.
    DO_E_JOB_EMPTY = 0x80D02004 Call "DO_E_JOB_EMPTY",
    /// The enumeration found no download.
    DO_E_NO_DOWNLOADS = 0x80D02005 Call "DO_E_NO_DOWNLOADS",
    /// A memory-stream sink is not possible for this download.
    DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED = 0x80D0200B Call "DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED",
    /// The job reached the maximum age without being completed or cancelled.
    DO_E_JOB_TOO_OLD = 0x80D0200C Fatal "DO_E_JOB_TOO_OLD",
    /// The download has no local path.
    DO_E_LOCALPATH_NOT_SET = 0x80D0200D Call "DO_E_LOCALPATH_NOT_SET",
    /// The error object is not tied to a file, because no URL caused the error.
    DO_E_FILE_NOT_AVAILABLE = 0x80D02010 Call "DO_E_FILE_NOT_AVAILABLE",
    /// The property id is not known.
    DO_E_UNKNOWN_PROPERTY_ID = 0x80D02011 Call "DO_E_UNKNOWN_PROPERTY_ID",
    /// The property cannot be set.
    DO_E_READ_ONLY_PROPERTY = 0x80D02012 Call "DO_E_READ_ONLY_PROPERTY",
    /// The call is not allowed in the current state; typically the job is already cancelled,
    /// completed or finalized, or the property is locked while transferring.
    DO_E_INVALID_STATE = 0x80D02013 Call "DO_E_INVALID_STATE",
    /// There is no error to report.
    DO_E_ERROR_INFORMATION_UNAVAILABLE = 0x80D02014 Call "DO_E_ERROR_INFORMATION_UNAVAILABLE",
    /// The property cannot be read.
    DO_E_WRITE_ONLY_PROPERTY = 0x80D02015 Call "DO_E_WRITE_ONLY_PROPERTY",
    /// Integrity checking is mandatory but no piece-hash information was given.
    DO_E_INTEGRITYCHECKINFO_UNSPECIFIED = 0x80D02016 Fatal "DO_E_INTEGRITYCHECKINFO_UNSPECIFIED",
    /// Integrity checking is mandatory but the piece-hash information could not be fetched.
    DO_E_INTEGRITYCHECKINFO_UNAVAILABLE = 0x80D02017 Fatal "DO_E_INTEGRITYCHECKINFO_UNAVAILABLE",
    /// Start without any sink, neither path nor stream.
    DO_E_FILE_DOWNLOADSINK_UNSPECIFIED = 0x80D02018 Call "DO_E_FILE_DOWNLOADSINK_UNSPECIFIED",
    /// A sink of the other kind is already set.
    DO_E_FILE_DOWNLOADSINK_ALREADY_SET = 0x80D02019 Call "DO_E_FILE_DOWNLOADSINK_ALREADY_SET",
    /// The size cannot be derived from a 200 response.
    DO_E_FILE_SIZE_UNKNOWN_HTTP_200 = 0x80D0201A Fatal "DO_E_FILE_SIZE_UNKNOWN_HTTP_200",
    /// A decryption key was given but the content does not look encrypted.
    DO_E_FILE_ENCRYPTION_EXPECTED = 0x80D0201B Fatal "DO_E_FILE_ENCRYPTION_EXPECTED",
    /// The size cannot be derived from a 206 response.
    DO_E_FILE_SIZE_UNKNOWN_HTTP_206 = 0x80D0201C Fatal "DO_E_FILE_SIZE_UNKNOWN_HTTP_206",
    /// The size cannot be derived from another 2xx response.
    DO_E_FILE_SIZE_UNKNOWN_HTTP_2XX = 0x80D0201D Fatal "DO_E_FILE_SIZE_UNKNOWN_HTTP_2XX",
    /// The user must first consent to network use.
    DO_E_NETWORK_ACCESS_CONSENT_NEEDED = 0x80D0201E Fatal "DO_E_NETWORK_ACCESS_CONSENT_NEEDED",
    /// Start without a URI.
    DO_E_DOWNLOAD_NO_URI = 0x80D02200 Call "DO_E_DOWNLOAD_NO_URI",
    /// Start without a content id where one is needed.
    DO_E_DOWNLOAD_NO_CONTENT_ID = 0x80D02201 Call "DO_E_DOWNLOAD_NO_CONTENT_ID",
    /// The content id is malformed.
    DO_E_INVALID_CONTENT_ID = 0x80D02202 Call "DO_E_INVALID_CONTENT_ID",
    /// Ranges were given where none are allowed.
    DO_E_DOWNLOAD_RANGES_UNEXPECTED = 0x80D02203 Call "DO_E_DOWNLOAD_RANGES_UNEXPECTED",
    /// Ranges are required, for instance for a stream sink or a first start.
    DO_E_DOWNLOAD_RANGES_EXPECTED = 0x80D02204 Call "DO_E_DOWNLOAD_RANGES_EXPECTED",
    /// The download is refused by participation throttling.
    DO_E_NO_DOWNLOAD_PARTICIPATION = 0x80D03001 Fatal "DO_E_NO_DOWNLOAD_PARTICIPATION",
    /// User or administrator settings forbid the download.
    DO_E_NO_DOWNLOAD_EXTSETTINGS = 0x80D03002 Fatal "DO_E_NO_DOWNLOAD_EXTSETTINGS",
    /// Paused because the cost policy forbids the current network.
    DO_E_BLOCKED_BY_COST_TRANSFER_POLICY = 0x80D03801 Transient "DO_E_BLOCKED_BY_COST_TRANSFER_POLICY",
    /// Content policy limits the download mode.
    DO_E_DOWNLOADMODE_SET_BY_CP = 0x80D03802 Transient "DO_E_DOWNLOADMODE_SET_BY_CP",
    /// Paused because the network is cellular and policy forbids it.
    DO_E_BLOCKED_BY_CELLULAR_POLICY = 0x80D03803 Transient "DO_E_BLOCKED_BY_CELLULAR_POLICY",
    /// Paused because the device left AC power.
    DO_E_BLOCKED_BY_POWER_STATE = 0x80D03804 Transient "DO_E_BLOCKED_BY_POWER_STATE",
    /// Paused because no network is available.
    DO_E_BLOCKED_BY_NO_NETWORK = 0x80D03805 Transient "DO_E_BLOCKED_BY_NO_NETWORK",
    /// Device policy limits the download mode.
    DO_E_DOWNLOADMODE_SET_BY_POLICY = 0x80D03806 Transient "DO_E_DOWNLOADMODE_SET_BY_POLICY",
    /// A completed job is paused (no sharing) because a VPN is in use.
    DO_E_BLOCKED_BY_VPN_POLICY = 0x80D03807 Transient "DO_E_BLOCKED_BY_VPN_POLICY",
    /// A completed job is paused because system memory is critically low.
    DO_E_BLOCKED_BY_CRITICAL_MEMORY_USAGE = 0x80D03808 Transient "DO_E_BLOCKED_BY_CRITICAL_MEMORY_USAGE",
    /// No cache folder, so the download mode is limited.
    DO_E_DOWNLOADMODE_SET_BY_CACHE_ABSENCE = 0x80D03809 Transient "DO_E_DOWNLOADMODE_SET_BY_CACHE_ABSENCE",
    /// One or more cloud services of DO cannot be reached.
    DO_E_CLOUD_SERVICES_UNREACHABLE = 0x80D0380A Transient "DO_E_CLOUD_SERVICES_UNREACHABLE",
    /// The caller is not registered, so the download mode is limited.
    DO_E_DOWNLOADMODE_SET_FOR_UNREG_CALLER = 0x80D0380B Transient "DO_E_DOWNLOADMODE_SET_FOR_UNREG_CALLER",
    /// Range download runs in Simple mode.
    DO_E_DOWNLOADMODE_SET_FOR_SIMPLE_RANGES = 0x80D0380C Transient "DO_E_DOWNLOADMODE_SET_FOR_SIMPLE_RANGES",
    /// Paused because of an odd 2xx answer such as 204.
    DO_E_UNEXPECTED_HTTP_STATUS_2XX = 0x80D0380D Transient "DO_E_UNEXPECTED_HTTP_STATUS_2XX",
    /// The response carried another amount of data than requested.
    DO_E_HTTP_BLOCKSIZE_MISMATCH = 0x80D05001 Fatal "DO_E_HTTP_BLOCKSIZE_MISMATCH",
    /// The server certificate could not be validated.
    DO_E_HTTP_CERT_VALIDATION = 0x80D05002 Fatal "DO_E_HTTP_CERT_VALIDATION",
    /// A byte range is malformed or outside the file.
    DO_E_INVALID_RANGE = 0x80D05010 Fatal "DO_E_INVALID_RANGE",
    /// The server does not support Range requests.
    DO_E_INSUFFICIENT_RANGE_SUPPORT = 0x80D05011 Fatal "DO_E_INSUFFICIENT_RANGE_SUPPORT",
    /// Some ranges overlap.
    DO_E_OVERLAPPING_RANGES = 0x80D05012 Call "DO_E_OVERLAPPING_RANGES",
    /// Too many bad pieces were found while uploading to peers.
    DO_E_UPLOADING_BAD_PIECES = 0x80D06800 Internal "DO_E_UPLOADING_BAD_PIECES",
    /// The transfer core failed beyond repair.
    DO_E_FATAL_CORE_ERROR = 0x80D06802 Fatal "DO_E_FATAL_CORE_ERROR",
    /// A cloud service answered with an empty document.
    DO_E_SERVICES_RESPONSE_EMPTY = 0x80D06803 Internal "DO_E_SERVICES_RESPONSE_EMPTY",
    /// A piece arrived damaged or incomplete.
    DO_E_BAD_INCOMING_DATA = 0x80D06804 Internal "DO_E_BAD_INCOMING_DATA",
    /// The hash of a piece does not match.
    DO_E_BAD_PIECE_HASH = 0x80D06805 Internal "DO_E_BAD_PIECE_HASH",
    /// The hash of a piece does not match, the source stays in use for now.
    DO_E_BAD_PIECE_HASH_NO_BAN = 0x80D06806 Internal "DO_E_BAD_PIECE_HASH_NO_BAN",
    /// The piece is already cached.
    DO_E_ALREADY_HAVE_PIECE = 0x80D06807 Internal "DO_E_ALREADY_HAVE_PIECE",
    /// The piece is no longer cached.
    DO_E_MISSING_PIECE = 0x80D06808 Internal "DO_E_MISSING_PIECE",
    /// The hash metadata is not readable JSON.
    DO_E_METAINFO_CONTENT = 0x80D06809 Internal "DO_E_METAINFO_CONTENT",
    /// The hash metadata has an unsupported version.
    DO_E_METAINFO_VERSION = 0x80D0680A Internal "DO_E_METAINFO_VERSION",
    /// The swarm of the file is not active.
    DO_E_SWARM_NOT_RUNNING = 0x80D0680B Internal "DO_E_SWARM_NOT_RUNNING",
    /// The connection manager does not know the peer.
    DO_E_UNRECOGNIZED_CONN = 0x80D0680C Internal "DO_E_UNRECOGNIZED_CONN",
    /// The peer is banned.
    DO_E_PEER_BANNED = 0x80D0680D Internal "DO_E_PEER_BANNED",
    /// The client tried to connect to itself.
    DO_E_CONNECT_TO_SELF = 0x80D0680E Internal "DO_E_CONNECT_TO_SELF",
    /// The peer is already connected.
    DO_E_ALREADY_CONNECTED = 0x80D0680F Internal "DO_E_ALREADY_CONNECTED",
    /// The connection limit is reached.
    DO_E_NO_MORE_CONNECTIONS = 0x80D06810 Internal "DO_E_NO_MORE_CONNECTIONS",
    /// A peer connection broke.
    DO_E_LOST_CONNECTION = 0x80D06811 Internal "DO_E_LOST_CONNECTION",
    /// The swarm id is unknown.
    DO_E_UNRECOGNIZED_SWARM = 0x80D06812 Internal "DO_E_UNRECOGNIZED_SWARM",
    /// A peer handshake has the wrong length.
    DO_E_INVALID_HANDSHAKE_LEN = 0x80D06813 Internal "DO_E_INVALID_HANDSHAKE_LEN",
    /// The peer socket was closed.
    DO_E_SOCKET_CLOSED = 0x80D06814 Internal "DO_E_SOCKET_CLOSED",
    /// A peer message is too long.
    DO_E_PEER_MSG_TOO_LONG = 0x80D06815 Internal "DO_E_PEER_MSG_TOO_LONG",
    /// A peer message is malformed.
    DO_E_INVALID_PEER_MSG = 0x80D06816 Internal "DO_E_INVALID_PEER_MSG",
    /// The peer only uploads.
    DO_E_PEER_IS_UPLOAD = 0x80D06817 Internal "DO_E_PEER_IS_UPLOAD",
    /// A file outside peering mode cannot be pinned.
    DO_E_PIN_FAIL_NO_PEERING = 0x80D06818 Internal "DO_E_PIN_FAIL_NO_PEERING",
    /// A pinned file cannot be deleted without force.
    DO_E_DELETE_PINNED_SWARM = 0x80D06819 Internal "DO_E_DELETE_PINNED_SWARM",
    /// The digest of the hash metadata does not match.
    DO_E_METAINFO_DIGEST_MATCH = 0x80D0681A Internal "DO_E_METAINFO_DIGEST_MATCH",
    /// The first hash-of-hashes comparison failed.
    DO_E_METAINFO_HOH_MATCH = 0x80D0681B Internal "DO_E_METAINFO_HOH_MATCH",
    /// The computed hash of hashes does not match.
    DO_E_METAINFO_HOH_FINAL_MATCH = 0x80D0681C Internal "DO_E_METAINFO_HOH_FINAL_MATCH",
    /// The hash metadata gives an invalid content length.
    DO_E_METAINFO_CONTENT_LENGTH = 0x80D0681D Internal "DO_E_METAINFO_CONTENT_LENGTH",
    /// The hash metadata gives an invalid piece size.
    DO_E_METAINFO_PIECE_SIZE = 0x80D0681E Internal "DO_E_METAINFO_PIECE_SIZE",
    /// The hash of hashes cannot be parsed.
    DO_E_METAINFO_PARSE_HOH = 0x80D0681F Internal "DO_E_METAINFO_PARSE_HOH",
    /// The list of piece hashes cannot be parsed.
    DO_E_METAINFO_PARSE_PIECEHASHES = 0x80D06820 Internal "DO_E_METAINFO_PARSE_PIECEHASHES",
    /// One piece hash cannot be parsed.
    DO_E_METAINFO_PARSE_ONE_PIECEHASH = 0x80D06821 Internal "DO_E_METAINFO_PARSE_ONE_PIECEHASH",
    /// The size of the piece-hash file is missing or wrong.
    DO_E_METAINFO_FILE_SIZE = 0x80D06822 Internal "DO_E_METAINFO_FILE_SIZE",
    /// The property was never set; in the agent also: unknown download id.
    E_NOT_SET = 0x80070490 Call "E_NOT_SET",
    /// The URL is malformed or not http/https.
    INET_E_INVALID_URL = 0x800C0002 Call "INET_E_INVALID_URL",
    /// Local path is not a valid name (Windows, one of three codes the SDK test accepts).
    ERROR_INVALID_NAME = 0x8007007B Fatal "ERROR_INVALID_NAME",
    /// SecurityContext bytes are not a certificate.
    CRYPT_E_FILE_ERROR = 0x80092003 Call "CRYPT_E_FILE_ERROR",
    /// HTTP status mapping of the agent: Status without own mapping (e.g. 416, 429, 3xx leftovers).
    HTTP_E_STATUS_UNEXPECTED = 0x80190001 Unknown "HTTP_E_STATUS_UNEXPECTED",
    /// HTTP status mapping of the agent: 301, 302 or 303 that was not followed.
    HTTP_E_STATUS_UNEXPECTED_REDIRECTION = 0x80190003 Transient "HTTP_E_STATUS_UNEXPECTED_REDIRECTION",
    /// A required response header is missing.
    WININET_E_HEADER_NOT_FOUND = 0x80072F76 Fatal "WININET_E_HEADER_NOT_FOUND",
    /// Fewer bytes written to the output than received.
    ERROR_BAD_LENGTH = 0x80070018 Fatal "ERROR_BAD_LENGTH",
}
