//! THE table of HRESULTs: name, value, class as a job error, meaning. Sources and the basis of each
//! class are in `fixtures/rules/bits-hresults.yaml` and `bits-http-status.yaml`; a test compares.

use super::{Class, Hresult, Known};

hresults! {
    /// Text code for the context value NONE: nothing went wrong.
    BG_S_ERROR_CONTEXT_NONE = 0x00200006 Success "BG_S_ERROR_CONTEXT_NONE",
    /// Complete ended the job although some files were unfinished; those were deleted, the
    /// finished ones kept.
    BG_S_PARTIAL_COMPLETE = 0x00200017 Success "BG_S_PARTIAL_COMPLETE",
    /// The job was completed or cancelled, but some of its temporary files could not be removed.
    BG_S_UNABLE_TO_DELETE_FILES = 0x0020001A Success "BG_S_UNABLE_TO_DELETE_FILES",
    /// Internal note that another proxy is in use now.
    BG_S_PROXY_CHANGED = 0x0020002A Success "BG_S_PROXY_CHANGED",
    /// A preference was stored but has no effect because a group policy takes precedence.
    BG_S_OVERRIDDEN_BY_POLICY = 0x00200055 Success "BG_S_OVERRIDDEN_BY_POLICY",
    /// No job with that identifier is in the queue.
    BG_E_NOT_FOUND = 0x80200001 Call "BG_E_NOT_FOUND",
    /// The job is in a state that does not allow the call; for nearly all methods that means a
    /// final state.
    BG_E_INVALID_STATE = 0x80200002 Call "BG_E_INVALID_STATE",
    /// Resume was called on a job that contains no file.
    BG_E_EMPTY = 0x80200003 Call "BG_E_EMPTY",
    /// The error has no relation to a local or remote file, so no file object can be given.
    BG_E_FILE_NOT_AVAILABLE = 0x80200004 Call "BG_E_FILE_NOT_AVAILABLE",
    /// The error has no relation to a transfer protocol, so no protocol name can be given.
    BG_E_PROTOCOL_NOT_AVAILABLE = 0x80200005 Call "BG_E_PROTOCOL_NOT_AVAILABLE",
    /// Text code for errors from an unknown place.
    BG_E_ERROR_CONTEXT_UNKNOWN = 0x80200007 Text "BG_E_ERROR_CONTEXT_UNKNOWN",
    /// Text code for errors of the queue manager.
    BG_E_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER = 0x80200008 Text "BG_E_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER",
    /// Text code for errors with the local file.
    BG_E_ERROR_CONTEXT_LOCAL_FILE = 0x80200009 Text "BG_E_ERROR_CONTEXT_LOCAL_FILE",
    /// Text code for errors with the remote file.
    BG_E_ERROR_CONTEXT_REMOTE_FILE = 0x8020000A Text "BG_E_ERROR_CONTEXT_REMOTE_FILE",
    /// Text code for errors of the transport layer.
    BG_E_ERROR_CONTEXT_GENERAL_TRANSPORT = 0x8020000B Text "BG_E_ERROR_CONTEXT_GENERAL_TRANSPORT",
    /// Text code for errors while calling back the client; the message text announces a later
    /// repetition.
    BG_E_ERROR_CONTEXT_QUEUE_MANAGER_NOTIFICATION = 0x8020000C Text "BG_E_ERROR_CONTEXT_QUEUE_MANAGER_NOTIFICATION",
    /// The volume of the local file is locked, typically by the disk checker. Not retried on the
    /// timer, not counted as an error; tried again when the volume is free.
    BG_E_DESTINATION_LOCKED = 0x8020000D Transient "BG_E_DESTINATION_LOCKED",
    /// Another medium is in the drive than when the job was set up.
    BG_E_VOLUME_CHANGED = 0x8020000E Fatal "BG_E_VOLUME_CHANGED",
    /// There is no error to report for the job (none yet, or it ended when data began to flow).
    BG_E_ERROR_INFORMATION_UNAVAILABLE = 0x8020000F Call "BG_E_ERROR_INFORMATION_UNAVAILABLE",
    /// No active network connection. Jobs go to TRANSIENT_ERROR and come back when a connection
    /// is established; not retried on the timer, not counted.
    BG_E_NETWORK_DISCONNECTED = 0x80200010 Transient "BG_E_NETWORK_DISCONNECTED",
    /// The server did not state the length of the file (dynamic content).
    BG_E_MISSING_FILE_SIZE = 0x80200011 Fatal "BG_E_MISSING_FILE_SIZE",
    /// The server lacks the HTTP/1.1 abilities that are needed.
    BG_E_INSUFFICIENT_HTTP_SUPPORT = 0x80200012 Fatal "BG_E_INSUFFICIENT_HTTP_SUPPORT",
    /// Server or proxy cannot serve byte ranges; the sample reacts to it inside JobError by
    /// switching to foreground.
    BG_E_INSUFFICIENT_RANGE_SUPPORT = 0x80200013 Fatal "BG_E_INSUFFICIENT_RANGE_SUPPORT",
    /// The service cannot be driven from another computer.
    BG_E_REMOTE_NOT_SUPPORTED = 0x80200014 Call "BG_E_REMOTE_NOT_SUPPORTED",
    /// A drive letter of the job maps to something else for the new owner.
    BG_E_NEW_OWNER_DIFF_MAPPING = 0x80200015 Call "BG_E_NEW_OWNER_DIFF_MAPPING",
    /// The new owner may not access the temporary files.
    BG_E_NEW_OWNER_NO_FILE_ACCESS = 0x80200016 Call "BG_E_NEW_OWNER_NO_FILE_ACCESS",
    /// The proxy list exceeds the limit (32 KB).
    BG_E_PROXY_LIST_TOO_LARGE = 0x80200018 Call "BG_E_PROXY_LIST_TOO_LARGE",
    /// The bypass list exceeds the limit (32 KB).
    BG_E_PROXY_BYPASS_LIST_TOO_LARGE = 0x80200019 Call "BG_E_PROXY_BYPASS_LIST_TOO_LARGE",
    /// The server broke the protocol; the message text asks the client to resume.
    BG_E_INVALID_SERVER_RESPONSE = 0x8020001B Fatal "BG_E_INVALID_SERVER_RESPONSE",
    /// An upload job can hold a single file only.
    BG_E_TOO_MANY_FILES = 0x8020001C Call "BG_E_TOO_MANY_FILES",
    /// The local file of an upload changed after the transfer had begun.
    BG_E_LOCAL_FILE_CHANGED = 0x8020001D Fatal "BG_E_LOCAL_FILE_CHANGED",
    /// Text code for errors of the server application.
    BG_E_ERROR_CONTEXT_REMOTE_APPLICATION = 0x8020001E Text "BG_E_ERROR_CONTEXT_REMOTE_APPLICATION",
    /// The upload server does not know the session; the message text announces another try.
    BG_E_SESSION_NOT_FOUND = 0x8020001F Transient "BG_E_SESSION_NOT_FOUND",
    /// The upload is bigger than the server accepts; also returned when a reply exceeds 1 MB in
    /// GetReplyData.
    BG_E_TOO_LARGE = 0x80200020 Fatal "BG_E_TOO_LARGE",
    /// A string argument exceeds its limit.
    BG_E_STRING_TOO_LONG = 0x80200021 Call "BG_E_STRING_TOO_LONG",
    /// Client and upload server share no protocol version.
    BG_E_CLIENT_SERVER_PROTOCOL_MISMATCH = 0x80200022 Fatal "BG_E_CLIENT_SERVER_PROTOCOL_MISMATCH",
    /// The virtual directory for uploads allows script or program execution, which BITS refuses.
    BG_E_SERVER_EXECUTE_ENABLED = 0x80200023 Fatal "BG_E_SERVER_EXECUTE_ENABLED",
    /// The server keeps answering but the transfer does not advance; message text announces a
    /// later try.
    BG_E_NO_PROGRESS = 0x80200024 Transient "BG_E_NO_PROGRESS",
    /// User name longer than 300 characters.
    BG_E_USERNAME_TOO_LARGE = 0x80200025 Call "BG_E_USERNAME_TOO_LARGE",
    /// Password too long: 65,535 characters by the return-value page, 300 by the older message
    /// text.
    BG_E_PASSWORD_TOO_LARGE = 0x80200026 Call "BG_E_PASSWORD_TOO_LARGE",
    /// Authentication target is neither server nor proxy.
    BG_E_INVALID_AUTH_TARGET = 0x80200027 Call "BG_E_INVALID_AUTH_TARGET",
    /// Unknown authentication scheme.
    BG_E_INVALID_AUTH_SCHEME = 0x80200028 Call "BG_E_INVALID_AUTH_SCHEME",
    /// The name given does not belong to a file of the job.
    BG_E_FILE_NOT_FOUND = 0x80200029 Call "BG_E_FILE_NOT_FOUND",
    /// A byte range reaches beyond the remote file.
    BG_E_INVALID_RANGE = 0x8020002B Fatal "BG_E_INVALID_RANGE",
    /// Byte ranges overlap or repeat.
    BG_E_OVERLAPPING_RANGES = 0x8020002C Call "BG_E_OVERLAPPING_RANGES",
    /// No connection to the server could be made.
    BG_E_CONNECT_FAILURE = 0x8020002D Transient "BG_E_CONNECT_FAILURE",
    /// The connection ended too early.
    BG_E_CONNECTION_CLOSED = 0x8020002E Transient "BG_E_CONNECTION_CLOSED",
    /// A kept-alive connection was closed unexpectedly.
    BG_E_KEEP_ALIVE_FAILURE = 0x8020002F Transient "BG_E_KEEP_ALIVE_FAILURE",
    /// A request or response exceeded a length limit.
    BG_E_MESSAGE_LENGTH_LIMIT_EXCEEDED = 0x80200030 Unknown "BG_E_MESSAGE_LENGTH_LIMIT_EXCEEDED",
    /// The host name could not be resolved.
    BG_E_NAME_RESOLUTION_FAILURE = 0x80200031 Transient "BG_E_NAME_RESOLUTION_FAILURE",
    /// An asynchronous request has not finished yet.
    BG_E_PENDING = 0x80200032 Internal "BG_E_PENDING",
    /// Pipelining failed.
    BG_E_PIPELINE_FAILURE = 0x80200033 Unknown "BG_E_PIPELINE_FAILURE",
    /// A complete response reported an error of the protocol.
    BG_E_PROTOCOL_ERROR = 0x80200034 Unknown "BG_E_PROTOCOL_ERROR",
    /// The proxy name could not be resolved.
    BG_E_PROXY_NAME_RESOLUTION_FAILURE = 0x80200035 Transient "BG_E_PROXY_NAME_RESOLUTION_FAILURE",
    /// The response arrived incompletely.
    BG_E_RECEIVE_FAILURE = 0x80200036 Transient "BG_E_RECEIVE_FAILURE",
    /// The request was withdrawn.
    BG_E_REQUEST_CANCELED = 0x80200037 Internal "BG_E_REQUEST_CANCELED",
    /// The TLS channel could not be set up.
    BG_E_SECURE_CHANNEL_FAILURE = 0x80200038 Unknown "BG_E_SECURE_CHANNEL_FAILURE",
    /// The request could not be sent in full.
    BG_E_SEND_FAILURE = 0x80200039 Transient "BG_E_SEND_FAILURE",
    /// The response was not valid.
    BG_E_SERVER_PROTOCOL_VIOLATION = 0x8020003A Unknown "BG_E_SERVER_PROTOCOL_VIOLATION",
    /// The operation took too long.
    BG_E_TIMEOUT = 0x8020003B Transient "BG_E_TIMEOUT",
    /// The certificate of the server could not be validated.
    BG_E_TRUST_FAILURE = 0x8020003C Fatal "BG_E_TRUST_FAILURE",
    /// Unspecified failure.
    BG_E_UNKNOWN_ERROR = 0x8020003D Unknown "BG_E_UNKNOWN_ERROR",
    /// Group policy (bandwidth limit zero) keeps background jobs from running now; not retried on
    /// the timer, not counted.
    BG_E_BLOCKED_BY_POLICY = 0x8020003E Transient "BG_E_BLOCKED_BY_POLICY",
    /// Proxy or bypass list turned out to be unusable at run time.
    BG_E_INVALID_PROXY_INFO = 0x8020003F Fatal "BG_E_INVALID_PROXY_INFO",
    /// Credentials are not in the expected format.
    BG_E_INVALID_CREDENTIALS = 0x80200040 Call "BG_E_INVALID_CREDENTIALS",
    /// Unknown hash algorithm.
    BG_E_INVALID_HASH_ALGORITHM = 0x80200041 Call "BG_E_INVALID_HASH_ALGORITHM",
    /// The cache record vanished, its update was given up.
    BG_E_RECORD_DELETED = 0x80200042 Call "BG_E_RECORD_DELETED",
    /// A commit of a cache record is under way.
    BG_E_COMMIT_IN_PROGRESS = 0x80200043 Internal "BG_E_COMMIT_IN_PROGRESS",
    /// Peer discovery is still running.
    BG_E_DISCOVERY_IN_PROGRESS = 0x80200044 Internal "BG_E_DISCOVERY_IN_PROGRESS",
    /// The internet gateway device misbehaved (UPnP).
    BG_E_UPNP_ERROR = 0x80200045 Internal "BG_E_UPNP_ERROR",
    /// A test option prevented the download from the origin server.
    BG_E_TEST_OPTION_BLOCKED_DOWNLOAD = 0x80200046 Unknown "BG_E_TEST_OPTION_BLOCKED_DOWNLOAD",
    /// Peer caching is switched off.
    BG_E_PEERCACHING_DISABLED = 0x80200047 Call "BG_E_PEERCACHING_DISABLED",
    /// The cache record is in use; try again after seconds.
    BG_E_BUSYCACHERECORD = 0x80200048 Call "BG_E_BUSYCACHERECORD",
    /// The user has reached MaxJobsPerUser.
    BG_E_TOO_MANY_JOBS_PER_USER = 0x80200049 Call "BG_E_TOO_MANY_JOBS_PER_USER",
    /// The computer has reached MaxJobsPerMachine.
    BG_E_TOO_MANY_JOBS_PER_MACHINE = 0x80200050 Call "BG_E_TOO_MANY_JOBS_PER_MACHINE",
    /// The job has reached MaxFilesPerJob.
    BG_E_TOO_MANY_FILES_IN_JOB = 0x80200051 Call "BG_E_TOO_MANY_FILES_IN_JOB",
    /// The file has reached MaxRangesPerFile.
    BG_E_TOO_MANY_RANGES_IN_FILE = 0x80200052 Call "BG_E_TOO_MANY_RANGES_IN_FILE",
    /// Data arrived but was judged invalid.
    BG_E_VALIDATION_FAILED = 0x80200053 Fatal "BG_E_VALIDATION_FAILED",
    /// The job spent more active time than allowed by job or policy.
    BG_E_MAXDOWNLOAD_TIMEOUT = 0x80200054 Fatal "BG_E_MAXDOWNLOAD_TIMEOUT",
    /// A helper token needed by the job is gone.
    BG_E_TOKEN_REQUIRED = 0x80200056 Fatal "BG_E_TOKEN_REQUIRED",
    /// Unknown job or file property.
    BG_E_UNKNOWN_PROPERTY_ID = 0x80200057 Call "BG_E_UNKNOWN_PROPERTY_ID",
    /// The property cannot be set.
    BG_E_READ_ONLY_PROPERTY = 0x80200058 Call "BG_E_READ_ONLY_PROPERTY",
    /// The transfer policy of the job does not allow the current network cost.
    BG_E_BLOCKED_BY_COST_TRANSFER_POLICY = 0x80200059 Transient "BG_E_BLOCKED_BY_COST_TRANSFER_POLICY",
    /// The property is limited to download jobs.
    BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY = 0x80200060 Call "BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY",
    /// The property can be set only before the first file is added.
    BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE = 0x80200061 Call "BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE",
    /// The property can be set only before the first Resume.
    BG_E_READ_ONLY_PROPERTY_AFTER_RESUME = 0x80200062 Call "BG_E_READ_ONLY_PROPERTY_AFTER_RESUME",
    /// The maximum download size is not a usable value.
    BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE = 0x80200063 Call "BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE",
    /// The download would exceed its maximum size.
    BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED = 0x80200064 Fatal "BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED",
    /// The computer is in a standby mode that forbids transfers.
    BG_E_STANDBY_MODE = 0x80200065 Transient "BG_E_STANDBY_MODE",
    /// Stored credentials cannot be used for this.
    BG_E_USE_STORED_CREDENTIALS_NOT_SUPPORTED = 0x80200066 Call "BG_E_USE_STORED_CREDENTIALS_NOT_SUPPORTED",
    /// Running on battery is not allowed for the transfer.
    BG_E_BLOCKED_BY_BATTERY_POLICY = 0x80200067 Transient "BG_E_BLOCKED_BY_BATTERY_POLICY",
    /// Battery saver is on.
    BG_E_BLOCKED_BY_BATTERY_SAVER = 0x80200068 Transient "BG_E_BLOCKED_BY_BATTERY_SAVER",
    /// An operation hung and was ended by a watchdog.
    BG_E_WATCHDOG_TIMEOUT = 0x80200069 Unknown "BG_E_WATCHDOG_TIMEOUT",
    /// The app package of the job is not installed.
    BG_E_APP_PACKAGE_NOT_FOUND = 0x8020006A Unknown "BG_E_APP_PACKAGE_NOT_FOUND",
    /// Not supported for app packages.
    BG_E_APP_PACKAGE_SCENARIO_NOT_SUPPORTED = 0x8020006B Call "BG_E_APP_PACKAGE_SCENARIO_NOT_SUPPORTED",
    /// The job database is damaged.
    BG_E_DATABASE_CORRUPT = 0x8020006C Unknown "BG_E_DATABASE_CORRUPT",
    /// Random access (on-demand mode) is impossible with this server or file.
    BG_E_RANDOM_ACCESS_NOT_SUPPORTED = 0x8020006D Fatal "BG_E_RANDOM_ACCESS_NOT_SUPPORTED",
    /// Background activity is not allowed for the owner app.
    BG_E_BLOCKED_BY_BACKGROUND_ACCESS_POLICY = 0x8020006E Transient "BG_E_BLOCKED_BY_BACKGROUND_ACCESS_POLICY",
    /// Game mode is on.
    BG_E_BLOCKED_BY_GAME_MODE = 0x8020006F Transient "BG_E_BLOCKED_BY_GAME_MODE",
    /// Another system policy forbids transfers now.
    BG_E_BLOCKED_BY_SYSTEM_POLICY = 0x80200070 Transient "BG_E_BLOCKED_BY_SYSTEM_POLICY",
    /// Cannot be combined with a custom HTTP method.
    BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD = 0x80200071 Call "BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD",
    /// Combination of job settings that is not supported.
    BG_E_UNSUPPORTED_JOB_CONFIGURATION = 0x80200072 Call "BG_E_UNSUPPORTED_JOB_CONFIGURATION",
    /// The remote file changed in a way the job cannot follow.
    BG_E_REMOTE_FILE_CHANGED = 0x80200073 Unknown "BG_E_REMOTE_FILE_CHANGED",
    /// A certificate callback is required but not connected.
    BG_E_SERVER_CERT_VALIDATION_INTERFACE_REQUIRED = 0x80200074 Fatal "BG_E_SERVER_CERT_VALIDATION_INTERFACE_REQUIRED",
    /// The property cannot be changed while the job is active.
    BG_E_READ_ONLY_WHEN_JOB_ACTIVE = 0x80200075 Call "BG_E_READ_ONLY_WHEN_JOB_ACTIVE",
    /// Text code for errors of the certificate callback.
    BG_E_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK = 0x80200076 Text "BG_E_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK",
    /// HTTP status 100: continue.
    BG_E_HTTP_ERROR_100 = 0x80190064 Transient "BG_E_HTTP_ERROR_100",
    /// HTTP status 101: protocol switched.
    BG_E_HTTP_ERROR_101 = 0x80190065 Transient "BG_E_HTTP_ERROR_101",
    /// HTTP status 200: success status where BITS expected something else; message text asks to
    /// resume.
    BG_E_HTTP_ERROR_200 = 0x801900C8 Transient "BG_E_HTTP_ERROR_200",
    /// HTTP status 201: resource created.
    BG_E_HTTP_ERROR_201 = 0x801900C9 Transient "BG_E_HTTP_ERROR_201",
    /// HTTP status 202: accepted but not processed yet.
    BG_E_HTTP_ERROR_202 = 0x801900CA Transient "BG_E_HTTP_ERROR_202",
    /// HTTP status 203: non-authoritative metadata.
    BG_E_HTTP_ERROR_203 = 0x801900CB Transient "BG_E_HTTP_ERROR_203",
    /// HTTP status 204: no content.
    BG_E_HTTP_ERROR_204 = 0x801900CC Transient "BG_E_HTTP_ERROR_204",
    /// HTTP status 205: reset content; treated as invalid answer.
    BG_E_HTTP_ERROR_205 = 0x801900CD Transient "BG_E_HTTP_ERROR_205",
    /// HTTP status 206: partial content.
    BG_E_HTTP_ERROR_206 = 0x801900CE Transient "BG_E_HTTP_ERROR_206",
    /// HTTP status 300: several representations, data not returned.
    BG_E_HTTP_ERROR_300 = 0x8019012C Fatal "BG_E_HTTP_ERROR_300",
    /// HTTP status 301: moved permanently.
    BG_E_HTTP_ERROR_301 = 0x8019012D Fatal "BG_E_HTTP_ERROR_301",
    /// HTTP status 302: moved temporarily.
    BG_E_HTTP_ERROR_302 = 0x8019012E Fatal "BG_E_HTTP_ERROR_302",
    /// HTTP status 303: see other location.
    BG_E_HTTP_ERROR_303 = 0x8019012F Fatal "BG_E_HTTP_ERROR_303",
    /// HTTP status 304: not modified; treated as invalid answer.
    BG_E_HTTP_ERROR_304 = 0x80190130 Fatal "BG_E_HTTP_ERROR_304",
    /// HTTP status 305: proxy required.
    BG_E_HTTP_ERROR_305 = 0x80190131 Fatal "BG_E_HTTP_ERROR_305",
    /// HTTP status 307: temporary redirect.
    BG_E_HTTP_ERROR_307 = 0x80190133 Fatal "BG_E_HTTP_ERROR_307",
    /// HTTP status 400: malformed request (remote name).
    BG_E_HTTP_ERROR_400 = 0x80190190 Fatal "BG_E_HTTP_ERROR_400",
    /// HTTP status 401: user authentication required or no permission.
    BG_E_HTTP_ERROR_401 = 0x80190191 Fatal "BG_E_HTTP_ERROR_401",
    /// HTTP status 402: payment required; treated as invalid answer.
    BG_E_HTTP_ERROR_402 = 0x80190192 Fatal "BG_E_HTTP_ERROR_402",
    /// HTTP status 403: access to the object forbidden.
    BG_E_HTTP_ERROR_403 = 0x80190193 Fatal "BG_E_HTTP_ERROR_403",
    /// HTTP status 404: URL does not exist (IIS 7: also uploads not enabled, or upload too
    /// large).
    BG_E_HTTP_ERROR_404 = 0x80190194 Fatal "BG_E_HTTP_ERROR_404",
    /// HTTP status 405: method not allowed.
    BG_E_HTTP_ERROR_405 = 0x80190195 Fatal "BG_E_HTTP_ERROR_405",
    /// HTTP status 406: no acceptable representation.
    BG_E_HTTP_ERROR_406 = 0x80190196 Fatal "BG_E_HTTP_ERROR_406",
    /// HTTP status 407: proxy requires authentication.
    BG_E_HTTP_ERROR_407 = 0x80190197 Fatal "BG_E_HTTP_ERROR_407",
    /// HTTP status 408: server timed out waiting for the request.
    BG_E_HTTP_ERROR_408 = 0x80190198 Transient "BG_E_HTTP_ERROR_408",
    /// HTTP status 409: conflict with the state of the resource.
    BG_E_HTTP_ERROR_409 = 0x80190199 Transient "BG_E_HTTP_ERROR_409",
    /// HTTP status 410: resource gone.
    BG_E_HTTP_ERROR_410 = 0x8019019A Fatal "BG_E_HTTP_ERROR_410",
    /// HTTP status 411: length required.
    BG_E_HTTP_ERROR_411 = 0x8019019B Fatal "BG_E_HTTP_ERROR_411",
    /// HTTP status 412: precondition failed.
    BG_E_HTTP_ERROR_412 = 0x8019019C Fatal "BG_E_HTTP_ERROR_412",
    /// HTTP status 413: request entity too large.
    BG_E_HTTP_ERROR_413 = 0x8019019D Fatal "BG_E_HTTP_ERROR_413",
    /// HTTP status 414: URI longer than the server can handle.
    BG_E_HTTP_ERROR_414 = 0x8019019E Fatal "BG_E_HTTP_ERROR_414",
    /// HTTP status 415: unsupported media type; treated as invalid answer.
    BG_E_HTTP_ERROR_415 = 0x8019019F Fatal "BG_E_HTTP_ERROR_415",
    /// HTTP status 416: range cannot be satisfied.
    BG_E_HTTP_ERROR_416 = 0x801901A0 Fatal "BG_E_HTTP_ERROR_416",
    /// HTTP status 417: expectation failed.
    BG_E_HTTP_ERROR_417 = 0x801901A1 Fatal "BG_E_HTTP_ERROR_417",
    /// HTTP status 449: retry with more information; treated as invalid answer.
    BG_E_HTTP_ERROR_449 = 0x801901C1 Fatal "BG_E_HTTP_ERROR_449",
    /// HTTP status 500: unexpected condition on the server.
    BG_E_HTTP_ERROR_500 = 0x801901F4 Transient "BG_E_HTTP_ERROR_500",
    /// HTTP status 501: functionality missing (IIS 6: uploads not enabled).
    BG_E_HTTP_ERROR_501 = 0x801901F5 Fatal "BG_E_HTTP_ERROR_501",
    /// HTTP status 502: bad answer from an upstream server.
    BG_E_HTTP_ERROR_502 = 0x801901F6 Transient "BG_E_HTTP_ERROR_502",
    /// HTTP status 503: service overloaded for the moment.
    BG_E_HTTP_ERROR_503 = 0x801901F7 Transient "BG_E_HTTP_ERROR_503",
    /// HTTP status 504: gateway timed out.
    BG_E_HTTP_ERROR_504 = 0x801901F8 Transient "BG_E_HTTP_ERROR_504",
    /// HTTP status 505: HTTP version not supported.
    BG_E_HTTP_ERROR_505 = 0x801901F9 Fatal "BG_E_HTTP_ERROR_505",
    /// Success.
    S_OK = 0x00000000 Success "S_OK",
    /// Fewer elements than requested.
    S_FALSE = 0x00000001 Success "S_FALSE",
    /// Undefined enumeration value or flag; also SetRemoteName on uploads.
    E_NOTIMPL = 0x80004001 Call "E_NOTIMPL",
    /// Interface version not supported by the installed BITS.
    E_NOINTERFACE = 0x80004002 Call "E_NOINTERFACE",
    /// Caller lacks the right (job of another user, no administrator, elevation or integrity
    /// missing, no write access to the directory, impersonation level too low).
    E_ACCESSDENIED = 0x80070005 Call "E_ACCESSDENIED",
    /// Not enough memory.
    E_OUTOFMEMORY = 0x8007000E Call "E_OUTOFMEMORY",
    /// NULL where a pointer is needed, bad name, unsupported protocol, relative path, too long
    /// display name in CreateJob, language id 0.
    E_INVALIDARG = 0x80070057 Call "E_INVALIDARG",
    /// SMB source file missing after a change of the remote name; job goes to ERROR.
    ERROR_FILE_NOT_FOUND = 0x80070002 Fatal "HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)",
    /// SMB directory missing after a change of the remote name; job goes to ERROR.
    ERROR_PATH_NOT_FOUND = 0x80070003 Fatal "HRESULT_FROM_WIN32(ERROR_PATH_NOT_FOUND)",
    /// No text for the requested locale.
    ERROR_RESOURCE_LANG_NOT_FOUND = 0x80070717 Call "HRESULT_FROM_WIN32(ERROR_RESOURCE_LANG_NOT_FOUND)",
    /// The request timed out.
    ERROR_WINHTTP_TIMEOUT = 0x80072EE2 Transient "ERROR_WINHTTP_TIMEOUT",
    /// Invalid remote names are normally refused when the file is added.
    ERROR_WINHTTP_INVALID_URL = 0x80072EE5 Fatal "ERROR_WINHTTP_INVALID_URL",
    /// WinHTTP: unrecognized scheme.
    ERROR_WINHTTP_UNRECOGNIZED_SCHEME = 0x80072EE6 Fatal "ERROR_WINHTTP_UNRECOGNIZED_SCHEME",
    /// The server name could not be resolved.
    ERROR_WINHTTP_NAME_NOT_RESOLVED = 0x80072EE7 Transient "ERROR_WINHTTP_NAME_NOT_RESOLVED",
    /// By analogy with 401/407.
    ERROR_WINHTTP_LOGIN_FAILURE = 0x80072EEF Fatal "ERROR_WINHTTP_LOGIN_FAILURE",
    /// The server refused or could not be reached.
    ERROR_WINHTTP_CANNOT_CONNECT = 0x80072EFD Transient "ERROR_WINHTTP_CANNOT_CONNECT",
    /// The connection was reset or closed in the middle.
    ERROR_WINHTTP_CONNECTION_ERROR = 0x80072EFE Transient "ERROR_WINHTTP_CONNECTION_ERROR",
    /// Suppressed by BG_SSL_IGNORE_CERT_DATE_INVALID (documented).
    ERROR_WINHTTP_SECURE_CERT_DATE_INVALID = 0x80072F05 Fatal "ERROR_WINHTTP_SECURE_CERT_DATE_INVALID",
    /// Suppressed by BG_SSL_IGNORE_CERT_CN_INVALID (documented). A BITSHostId not matching the
    /// certificate makes the job fail (documented without code).
    ERROR_WINHTTP_SECURE_CERT_CN_INVALID = 0x80072F06 Fatal "ERROR_WINHTTP_SECURE_CERT_CN_INVALID",
    /// 'Job will fail' read as fatal.
    ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED = 0x80072F0C Fatal "ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED",
    /// Suppressed by BG_SSL_IGNORE_UNKNOWN_CA (documented).
    ERROR_WINHTTP_SECURE_INVALID_CA = 0x80072F0D Fatal "ERROR_WINHTTP_SECURE_INVALID_CA",
    /// Only with BG_SSL_ENABLE_CRL_CHECK.
    ERROR_WINHTTP_SECURE_CERT_REV_FAILED = 0x80072F19 Fatal "ERROR_WINHTTP_SECURE_CERT_REV_FAILED",
    /// The pages call it ERROR_HTTP_INVALID_SERVER_RESPONSE; retried after MinimumRetryDelay.
    ERROR_WINHTTP_INVALID_SERVER_RESPONSE = 0x80072F78 Transient "ERROR_WINHTTP_INVALID_SERVER_RESPONSE",
    /// Redirect loop or refused HTTPS to HTTP redirect.
    ERROR_WINHTTP_REDIRECT_FAILED = 0x80072F7C Fatal "ERROR_WINHTTP_REDIRECT_FAILED",
    /// WinHTTP: secure channel error.
    ERROR_WINHTTP_SECURE_CHANNEL_ERROR = 0x80072F7D Transient "ERROR_WINHTTP_SECURE_CHANNEL_ERROR",
    /// Proxy auto-configuration.
    ERROR_WINHTTP_UNABLE_TO_DOWNLOAD_SCRIPT = 0x80072F87 Transient "ERROR_WINHTTP_UNABLE_TO_DOWNLOAD_SCRIPT",
    /// Only with BG_SSL_ENABLE_CRL_CHECK.
    ERROR_WINHTTP_SECURE_CERT_REVOKED = 0x80072F8A Fatal "ERROR_WINHTTP_SECURE_CERT_REVOKED",
    /// WinHTTP: secure failure.
    ERROR_WINHTTP_SECURE_FAILURE = 0x80072F8F Fatal "ERROR_WINHTTP_SECURE_FAILURE",
    /// Suppressed by BG_SSL_IGNORE_CERT_WRONG_USAGE (documented).
    ERROR_WINHTTP_SECURE_CERT_WRONG_USAGE = 0x80072F93 Fatal "ERROR_WINHTTP_SECURE_CERT_WRONG_USAGE",
    /// Proxy auto-detection.
    ERROR_WINHTTP_AUTODETECTION_FAILED = 0x80072F94 Transient "ERROR_WINHTTP_AUTODETECTION_FAILED",
    /// Client certificate together with BG_TOKEN_NETWORK and an owner other than LocalSystem.
    ERROR_WINHTTP_CLIENT_CERT_NO_ACCESS_PRIVATE_KEY = 0x80072F9A Fatal "ERROR_WINHTTP_CLIENT_CERT_NO_ACCESS_PRIVATE_KEY",
    /// No usable network interface.
    ERROR_CAN_NOT_COMPLETE = 0x800703EB Transient "HRESULT_FROM_WIN32(ERROR_CAN_NOT_COMPLETE)",
    /// Seen by callers whose user is not logged on interactively.
    ERROR_NOT_LOGGED_ON = 0x800704DD Call "HRESULT_FROM_WIN32(ERROR_NOT_LOGGED_ON)",
    /// The volume of the local file is full.
    ERROR_DISK_FULL = 0x80070070 Fatal "HRESULT_FROM_WIN32(ERROR_DISK_FULL)",
    /// State documented for a temporary file opened too early, code not.
    ERROR_SHARING_VIOLATION = 0x80070020 Transient "HRESULT_FROM_WIN32(ERROR_SHARING_VIOLATION)",
    /// The firewall service or another endpoint that the transfer needs is not running.
    EPT_S_NOT_REGISTERED = 0x800706D9 Transient "HRESULT_FROM_WIN32(EPT_S_NOT_REGISTERED)",
    /// The object that the pointer led to is gone.
    RPC_E_DISCONNECTED = 0x80010108 Call "RPC_E_DISCONNECTED",
    /// An unspecified failure, as callbacks return it.
    E_FAIL = 0x80004005 Call "E_FAIL",
}
