import { randomBytes } from 'node:crypto'
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { pipeline, type Duplex } from 'node:stream'
import { Fault } from '../faults.ts'
import { networkPolicy, refusal } from './network-policy.ts'
import { asOperator, guardSockets, requireAllowedHost } from './socket-guard.ts'

/**
 * Native clients (OpenDAL's reqwest) resolve names by themselves and follow redirects wherever they lead, so nothing in JavaScript sees
 * which address they reach. They do obey the proxy variables of the environment, which the one client of the process reads when it is first
 * used: from `guardNativeClients` on, plain HTTP goes through a proxy of this process, whose sockets are guarded. Past it go addresses
 * that need no second look (bytes are cheaper without it), and TLS unless the operator denies addresses: no metadata service has a
 * certificate for another name.
 */
export async function guardNativeClients(platform?: PlatformStore): Promise<void> {
  // A proxy of the operator's own decides by itself.
  if (operatorsProxy !== '') return
  identityIsOurs ||= platform !== undefined
  started ??= start(platform)
  await started
}

/** The segment store, when it is opened with a native client. */
export interface PlatformStore {
  /** Its host was chosen by the operator. */
  readonly endpoint: string | undefined
}

/** Before a native client is made for the endpoint of a user. Throws `network.address_refused`. */
export async function guardNativeEndpoint(endpoint: string): Promise<void> {
  await requireAllowedHost(new URL(endpoint).hostname)
  await guardNativeClients()
}

/** One that a parent process set for itself is not the operator's. */
const ownUrl = /^http:\/\/leat:[\w-]+@127\.0\.0\.1:/
const operatorsProxy =
  ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY']
    .map((name) => process.env[name] ?? '')
    .find((url) => url !== '' && !ownUrl.test(url)) ?? ''
/**
 * Whether the proxy variables of the environment are the operator's. A driver in JavaScript that reads them by itself must not when they are not: the
 * proxy in them is only for native clients of this process.
 */
export const operatorHasProxy = operatorsProxy !== ''
let started: Promise<void> | undefined
/** True when the store of the platform is in a cloud, whose machines get their login from the metadata service. */
let identityIsOurs = false

async function start(platform: PlatformStore | undefined): Promise<void> {
  const url = await startProxy()
  const policy = networkPolicy()
  const chosen = platform?.endpoint === undefined ? [] : [new URL(platform.endpoint).hostname]
  const direct = [...chosen, ...policy.trustedNames, ...(policy.denies ? [] : plainNetworks), '.amazonaws.com']
  process.env['http_proxy'] = url
  process.env['https_proxy'] = policy.denies ? url : ''
  process.env['no_proxy'] = direct.join(',')
}

/** Written as addresses they cannot lead elsewhere, and nothing in them is refused unless the operator denies it. */
const plainNetworks = ['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']

/** Giving a variable another value is safe beside native threads that read the environment, adding one later is not. */
for (const name of ['http_proxy', 'https_proxy', 'no_proxy']) process.env[name] ??= ''

/** Returns its URL, whose login keeps the rest of the machine, users' own URLs and redirects from using it. */
async function startProxy(): Promise<string> {
  guardSockets()
  const login = randomBytes(18).toString('base64url')
  const expected = `Basic ${Buffer.from(`leat:${login}`).toString('base64')}`
  const knows = (message: IncomingMessage): boolean => message.headers['proxy-authorization'] === expected
  const server: Server = createServer((from, to) => (knows(from) ? forward(from, to) : refuseRedirect(from, to)))
  server.on('connect', (from: IncomingMessage, socket: Duplex) =>
    knows(from) ? tunnel(from, socket) : socket.destroy(),
  )
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  server.unref()
  server.on('connection', (socket: Socket) => void socket.unref())
  return `http://leat:${login}@127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A native client sends its login to the proxy, but leaves it out when a redirect takes it to another host. */
function refuseRedirect(from: IncomingMessage, to: ServerResponse): void {
  const host = URL.parse(from.url ?? '')?.host ?? 'another host'
  to.writeHead(407, { [refusedHeader]: `${host}; the endpoint redirects there, and nobody chose that host` }).end()
}

function forward(from: IncomingMessage, to: ServerResponse): void {
  const url = URL.parse(from.url ?? '')
  if (url?.protocol !== 'http:') return void to.writeHead(400).end()
  const { 'proxy-authorization': _login, 'proxy-connection': _hop, ...headers } = from.headers
  const host = url.hostname.replaceAll(/^\[|\]$/g, '')
  const send = () =>
    request({
      host,
      port: url.port === '' ? 80 : url.port,
      method: from.method,
      path: `${url.pathname}${url.search}`,
      headers,
    })
  // Endpoints of users never have these hosts (`guardNativeEndpoint`), and redirects come without a login: the library itself asks who we are.
  const onward = identityIsOurs && metadataHosts.includes(host) ? asOperator(send) : send()
  onward.on('response', (answer) => {
    to.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
    pipeline(answer, to, () => undefined)
  })
  onward.on('error', (error) => {
    // A broken connection stays one: native clients try it again.
    if (to.headersSent || !(error instanceof Fault)) to.destroy()
    else to.writeHead(403, { [refusedHeader]: `${host}; its address is not allowed` }).end()
  })
  to.on('close', () => onward.destroy())
  pipeline(from, onward, () => undefined)
}

const metadataHosts = ['169.254.169.254', 'metadata.google.internal']

/** Tells a refusal of ours from an answer of the service; native clients quote headers in their errors. */
const refusedHeader = 'x-leat-refused'

/** The refusal that a native client met, from the text of its error; null for every other failure. */
export function nativeRefusal(text: string): Fault | null {
  const [, host, reason] = new RegExp(`"?${refusedHeader}"?: "([^";]+); ([^"]+)"`).exec(text) ?? []
  return host === undefined || reason === undefined ? null : refusal(reason, host)
}

function tunnel(from: IncomingMessage, socket: Duplex): void {
  const url = URL.parse(`http://${from.url ?? ''}`)
  const far = connect({ host: url?.hostname.replaceAll(/^\[|\]$/g, '') ?? '', port: Number(url?.port || 443) })
  far.once('connect', () => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    pipeline(socket, far, () => undefined)
    pipeline(far, socket, () => undefined)
  })
  far.once('error', () => socket.destroy())
  socket.on('error', () => far.destroy())
}
