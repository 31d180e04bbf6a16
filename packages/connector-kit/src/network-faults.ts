import { Fault, type FaultKind } from './faults.ts'

interface NetworkRow {
  readonly code: string
  readonly kind: FaultKind
  /** Codes of Node, undici and OpenSSL. */
  readonly errors: RegExp
  /** Words of drivers that give no code (Rust's reqwest and rustls inside OpenDAL, Java). */
  readonly words: RegExp
  readonly says: string
}

/*
 * A name that is not found and a refused connection count as transient: DNS and servers come back, and the schedule of a run shows
 * the attempts. A certificate does not become valid by trying again.
 */
const rows: readonly NetworkRow[] = [
  {
    code: 'network.dns',
    kind: 'transient',
    errors: /^(ENOTFOUND|EAI_\w+|ENODATA|ESERVFAIL)$/,
    words:
      /dns error|failed to lookup address|name or service not known|temporary failure in name resolution|nodename nor servname|UnknownHostException/i,
    says: 'the host name cannot be resolved. Check the host for typing mistakes, and the DNS of this machine',
  },
  {
    code: 'network.tls',
    kind: 'config',
    errors:
      /^(ERR_TLS_\w+|ERR_SSL_\w+|CERT_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME_INVALID|EPROTO)$/,
    words:
      /certificate|invalid peer cert|self[- ]signed|tls handshake|handshake failure|wrong version number|corrupt message|SSLHandshakeException/i,
    says: 'the secure connection (TLS) failed. Check http against https, the port, and whether the certificate is valid for this host',
  },
  {
    code: 'network.refused',
    kind: 'transient',
    errors: /^ECONNREFUSED$/,
    words: /connection refused|actively refused/i,
    says: 'the connection was refused: nothing listens there. Check host and port, and whether the service runs',
  },
  {
    code: 'network.unreachable',
    kind: 'transient',
    errors: /^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL)$/,
    words: /no route to host|network is unreachable|host is down/i,
    says: 'the host cannot be reached. Check the network, the firewall and the address',
  },
  {
    code: 'network.timeout',
    kind: 'transient',
    errors: /^(ETIMEDOUT|ESOCKETTIMEDOUT|TimeoutError|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT)$/,
    words: /timed out|timeout|deadline has elapsed|operation timeout/i,
    says: 'there was no answer in time. Check whether the service is overloaded or a firewall drops the connection',
  },
  {
    code: 'network.reset',
    kind: 'transient',
    errors:
      /^(ECONNRESET|ECONNABORTED|EPIPE|UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH|HPE_\w+|ERR_STREAM_PREMATURE_CLOSE)$/,
    words:
      /connection reset|broken pipe|connection closed before|unexpected (eof|end of file)|incompletemessage|socket hang up|other side closed/i,
    says: 'the connection broke off in the middle',
  },
]

/**
 * A failure to reach a remote system, told apart: `network.dns`, `.refused`, `.tls`, `.timeout`, `.reset`, `.unreachable`. Looks through
 * causes and aggregates (Node tries IPv4 and IPv6). Null when it is no network failure; a `Fault` among the causes is returned as it is.
 * `target` is what was to be reached, as a person knows it (`127.0.0.1:9000`); without credentials.
 */
export function networkFault(thrown: unknown, target: string): Fault | null {
  const chain = causesOf(thrown)
  const fault = chain.find((error) => error instanceof Fault)
  if (fault !== undefined) return fault
  for (const match of [matchesCode, matchesWords]) {
    for (const error of chain) {
      const row = rows.find((candidate) => match(candidate, error))
      if (row === undefined) continue
      const { kind, code, says } = row
      return new Fault({ kind, code, message: `Cannot reach ${target}: ${says}.`, cause: thrown })
    }
  }
  return null
}

function matchesCode(row: NetworkRow, error: Error): boolean {
  const { code } = error as { code?: unknown }
  return row.errors.test(typeof code === 'string' ? code : error.name)
}

function matchesWords(row: NetworkRow, error: Error): boolean {
  return row.words.test(error.message)
}

function causesOf(thrown: unknown): readonly Error[] {
  const found: Error[] = []
  const waiting = [thrown]
  while (waiting.length > 0 && found.length < 20) {
    const next = waiting.shift()
    if (!(next instanceof Error)) continue
    found.push(next)
    if (next instanceof AggregateError) waiting.push(...(next.errors as unknown[]))
    waiting.push(next.cause)
  }
  return found
}
