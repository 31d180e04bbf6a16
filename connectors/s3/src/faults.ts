import { Fault, nativeRefusal, networkFault, type FaultKind } from '@leat/connector-kit'

/** What was being done, for the message. Never holds a secret. */
export interface Doing {
  readonly endpoint: string
  readonly region: string
  readonly bucket?: string
  readonly key?: string
}

interface Row {
  readonly kind: FaultKind
  readonly code: string
  readonly field?: string
  say(doing: Doing, detail: string): string
}

const place = ({ bucket, key }: Doing): string =>
  bucket === undefined ? 'the list of buckets' : key ? `${bucket}/${key}` : `bucket "${bucket}"`

const rows = {
  bucket_missing: {
    kind: 'not_found',
    code: 's3.bucket_missing',
    field: 'path',
    say: (doing) =>
      `There is no bucket "${doing.bucket ?? ''}" at ${doing.endpoint}. A path is bucket/prefix: check its first part, and the endpoint of the credential.`,
  },
  bucket_invalid: {
    kind: 'config',
    code: 's3.bucket_invalid',
    field: 'path',
    say: (doing) => `"${doing.bucket ?? ''}" is no valid bucket name. A path is bucket/prefix, such as "raw/orders/".`,
  },
  object_missing: {
    kind: 'not_found',
    code: 's3.object_missing',
    say: (doing) => `There is no object ${place(doing)}.`,
  },
  precondition_failed: {
    kind: 'data',
    code: 's3.precondition_failed',
    say: (doing) => `${place(doing)} is another version by now.`,
  },
  range_invalid: {
    kind: 'data',
    code: 's3.range_invalid',
    say: (doing) => `${place(doing)} is shorter than it was listed.`,
  },
  access_denied: {
    kind: 'auth',
    code: 's3.access_denied',
    say: (doing) =>
      `The login is right, but it may not use ${place(doing)}. Grant s3:ListBucket and s3:GetObject for reading, s3:PutObject and s3:DeleteObject for writing, or set test.path to what the key is limited to.`,
  },
  key_unknown: {
    kind: 'auth',
    code: 's3.access_key_unknown',
    field: 'access_key',
    say: (doing) =>
      `${doing.endpoint} does not know this access key. Check access_key for typing errors, and whether the key was deleted.`,
  },
  secret_wrong: {
    kind: 'auth',
    code: 's3.secret_key_wrong',
    field: 'secret_key',
    say: (doing) =>
      `${doing.endpoint} knows the access key, but the secret key does not belong to it. Check secret_key.`,
  },
  token_expired: {
    kind: 'auth',
    code: 's3.token_expired',
    field: 'session_token',
    say: () =>
      'The temporary login has expired or its session token is wrong. Give a new access key, secret key and session token.',
  },
  clock_skew: {
    kind: 'config',
    code: 's3.clock_skew',
    say: (doing) =>
      `The clock of this server differs from that of ${doing.endpoint} by more than 15 minutes, so requests are refused. Set the clock.`,
  },
  wrong_region: {
    kind: 'config',
    code: 's3.wrong_region',
    field: 'region',
    say: (doing, detail) =>
      `${place(doing)} is not in region "${doing.region}"${detail === '' ? '' : ` but in "${detail}"`}. Set region accordingly.`,
  },
  archived: {
    kind: 'data',
    code: 's3.object_archived',
    say: (doing) =>
      `${place(doing)} is in an archive storage class and cannot be read. Restore it first, or leave it out with blacklist.pathmatchers.`,
  },
  kms_denied: {
    kind: 'auth',
    code: 's3.kms_denied',
    field: 'sse.kms_key.arn',
    say: (doing) =>
      `The KMS key of ${place(doing)} cannot be used by this login. Grant kms:Decrypt and kms:GenerateDataKey, or check sse.kms_key.arn.`,
  },
  storage_full: {
    kind: 'transient',
    code: 's3.storage_full',
    say: (doing) =>
      `${doing.endpoint} has no space left for ${place(doing)}. Nothing was published; make room, then the delivery continues by itself.`,
  },
  too_large: {
    kind: 'config',
    code: 's3.object_too_large',
    field: 'max.file.size.mb',
    say: (doing) => `${place(doing)} is larger than the service takes. Lower max.file.size.mb.`,
  },
  slow_down: {
    kind: 'rate_limited',
    code: 's3.slow_down',
    say: (doing) => `${doing.endpoint} asks to slow down. It is tried again.`,
  },
  unavailable: {
    kind: 'transient',
    code: 's3.unavailable',
    say: (doing, detail) => `${doing.endpoint} failed at ${place(doing)} (${detail}). It is tried again.`,
  },
  dns: {
    kind: 'transient',
    code: 's3.dns',
    field: 'endpoint',
    say: (doing) =>
      `The host name of ${doing.endpoint} is not known (DNS). Check the endpoint and the region for typing errors, and the name server of this machine.`,
  },
  refused: {
    kind: 'transient',
    code: 's3.connection_refused',
    field: 'endpoint',
    say: (doing) =>
      `Nothing accepts connections at ${doing.endpoint}. Check host and port, and whether the service is running.`,
  },
  tls: {
    kind: 'config',
    code: 's3.tls',
    field: 'endpoint',
    say: (doing, detail) =>
      `No secure connection to ${doing.endpoint} (${detail}). Check the certificate and its host name, or whether the endpoint should begin with http://.`,
  },
  timeout: {
    kind: 'transient',
    code: 's3.timeout',
    field: 'endpoint',
    say: (doing) =>
      `${doing.endpoint} did not answer in time. Check the network and firewalls between this machine and it.`,
  },
  connection_lost: {
    kind: 'transient',
    code: 's3.connection_lost',
    say: (doing) => `The connection to ${doing.endpoint} broke. It is tried again.`,
  },
  not_s3: {
    kind: 'config',
    code: 's3.not_s3',
    field: 'endpoint',
    say: (doing, detail) =>
      `${doing.endpoint} does not answer like S3 (${detail}). Check the endpoint: many services have another port for their web page.`,
  },
  unexpected: {
    kind: 'bug',
    code: 's3.unexpected',
    say: (doing, detail) => `${doing.endpoint} answered ${detail} at ${place(doing)}.`,
  },
} as const satisfies Record<string, Row>

type RowName = keyof typeof rows

/** Error codes of S3 and its relatives. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const byCode: Readonly<Record<string, RowName>> = {
  NoSuchBucket: 'bucket_missing',
  InvalidBucketName: 'bucket_invalid',
  NoSuchKey: 'object_missing',
  NoSuchUpload: 'object_missing',
  NoSuchVersion: 'object_missing',
  NotFound: 'object_missing',
  PreconditionFailed: 'precondition_failed',
  InvalidRange: 'range_invalid',
  AccessDenied: 'access_denied',
  AllAccessDisabled: 'access_denied',
  AccountProblem: 'access_denied',
  XMinioAdminPolicyDenied: 'access_denied',
  InvalidAccessKeyId: 'key_unknown',
  XAdminUserNotFound: 'key_unknown',
  XAdminNoSuchUser: 'key_unknown',
  InvalidSecurity: 'key_unknown',
  SignatureDoesNotMatch: 'secret_wrong',
  ExpiredToken: 'token_expired',
  InvalidToken: 'token_expired',
  TokenRefreshRequired: 'token_expired',
  InvalidClientTokenId: 'token_expired',
  RequestTimeTooSkewed: 'clock_skew',
  PermanentRedirect: 'wrong_region',
  TemporaryRedirect: 'wrong_region',
  AuthorizationHeaderMalformed: 'wrong_region',
  IllegalLocationConstraintException: 'wrong_region',
  IncorrectEndpoint: 'wrong_region',
  InvalidObjectState: 'archived',
  AccessDeniedException: 'kms_denied',
  XMinioStorageFull: 'storage_full',
  QuotaExceeded: 'storage_full',
  XMinioAdminBucketQuotaExceeded: 'storage_full',
  EntityTooLarge: 'too_large',
  SlowDown: 'slow_down',
  SlowDownRead: 'slow_down',
  SlowDownWrite: 'slow_down',
  Throttling: 'slow_down',
  ThrottlingException: 'slow_down',
  RequestLimitExceeded: 'slow_down',
  TooManyRequests: 'slow_down',
  TooManyRequestsException: 'slow_down',
  InternalError: 'unavailable',
  ServiceUnavailable: 'unavailable',
  RequestTimeout: 'unavailable',
  OperationAborted: 'unavailable',
}

/** Answers without a body (HEAD) and from things that are not S3. */
function byStatus(status: number): RowName {
  if (status === 301 || status === 307) return 'wrong_region'
  if (status === 401 || status === 403) return 'access_denied'
  if (status === 404) return 'object_missing'
  if (status === 412) return 'precondition_failed'
  if (status === 416) return 'range_invalid'
  if (status === 429) return 'slow_down'
  if (status === 408 || status >= 500) return 'unavailable'
  return 'unexpected'
}

export interface Refusal {
  readonly status: number
  /** From the XML body; empty when there was none. */
  readonly code: string
  /** From the body or `x-amz-bucket-region`, when the answer names the right region. */
  readonly region?: string
  readonly retryAfterMs?: number
}

/** An answer with an error status as a fault. */
export function refusalFault(doing: Doing, refusal: Refusal, cause?: unknown): Fault {
  // S3 says in words that a bucket is missing; a listing that is simply not there is another kind of server.
  if (refusal.status === 404 && refusal.code === '' && doing.key === undefined)
    return notS3(doing, 'status 404 without an error of S3')
  const kms = refusal.code.startsWith('KMS.')
  const name = kms ? 'kms_denied' : (byCode[refusal.code] ?? byStatus(refusal.status))
  const detail =
    name === 'wrong_region'
      ? (refusal.region ?? '')
      : `${refusal.status}${refusal.code === '' ? '' : ` ${refusal.code}`}`
  return fault(name, doing, detail, cause, refusal.retryAfterMs)
}

export function notS3(doing: Doing, detail: string): Fault {
  return fault('not_s3', doing, detail)
}

export function timeoutFault(doing: Doing): Fault {
  return fault('timeout', doing, '')
}

const byNetworkCode: Readonly<Record<string, RowName>> = {
  'network.dns': 'dns',
  'network.refused': 'refused',
  'network.unreachable': 'refused',
  'network.tls': 'tls',
  'network.timeout': 'timeout',
  'network.reset': 'connection_lost',
}

/** A failure below HTTP, told apart; undefined when it is none. */
export function reachFault(doing: Doing, error: unknown): Fault | undefined {
  const code = (error as { code?: unknown } | null)?.code
  // The parser met something that is no HTTP: a TLS port, or another protocol.
  if (typeof code === 'string' && code.startsWith('HPE_')) return fault('not_s3', doing, code, error)
  const found = networkFault(error, doing.endpoint)
  if (found === null) return undefined
  const name = byNetworkCode[found.code]
  return name === undefined ? found : fault(name, doing, typeof code === 'string' ? code : '', error)
}

/**
 * An error of opendal: a text such as `NotFound (permanent) at read, context: {… status: 404 …} => S3Error { code: "NoSuchKey", …`.
 * Undefined when it tells of a broken connection only: opendal does not say why, so the caller asks again by itself.
 */
export function opendalFault(doing: Doing, error: unknown): Fault | undefined {
  const text = error instanceof Error ? error.message : String(error)
  const refused = nativeRefusal(text)
  if (refused !== null) return refused
  const code = /S3Error \{ code: "([^"]*)"/.exec(text)?.[1] ?? ''
  const status = Number(/status: (\d{3})/.exec(text)?.[1] ?? 0)
  const region = /region '([a-z0-9-]+)'/.exec(text)?.[1] ?? /"x-amz-bucket-region": "([^"]+)"/.exec(text)?.[1]
  if (status !== 0) return refusalFault(doing, { status, code, ...(region && { region }) }, error)
  if (text.startsWith('RateLimited')) return fault('slow_down', doing, '', error)
  if (
    /send(ing)? http request|error sending request|http_util|connection|reading|decoding|\(temporary\)|\(persistent\)/.test(
      text,
    )
  )
    return undefined
  return fault('unexpected', doing, 'an error of the store library', error)
}

export function connectionLost(doing: Doing, cause: unknown): Fault {
  return fault('connection_lost', doing, '', cause)
}

function fault(name: RowName, doing: Doing, detail: string, cause?: unknown, retryAfterMs?: number): Fault {
  const row: Row = rows[name]
  return new Fault({
    kind: row.kind,
    code: row.code,
    message: row.say(doing, detail),
    cause,
    ...(row.field && { field: row.field }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}
