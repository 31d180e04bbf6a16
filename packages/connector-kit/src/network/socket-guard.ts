import { AsyncLocalStorage } from 'node:async_hooks'
import dns, { type LookupAddress, type LookupOptions } from 'node:dns'
import { isIP, Socket, type LookupFunction } from 'node:net'
import { canonicalHost, networkPolicy, refusal, refuse } from './network-policy.ts'

/**
 * Every connection that JavaScript in this process opens is checked, whichever driver opens it: the check sits where sockets are made,
 * because few drivers let us in, and one that is added later must not be able to forget it. The address is judged that is then connected
 * to, so a name whose answer changes between two lookups gains nothing. Native clients open sockets of their own: `native-proxy.ts`.
 */
const byOperator = new AsyncLocalStorage<true>()
let guarded = false

/** Called before the first driver is loaded and by the HTTP client. Repeating it changes nothing. */
export function guardSockets(): void {
  if (guarded) return
  guarded = true
  const { connect } = Socket.prototype
  Socket.prototype.connect = function checkedConnect(this: Socket, ...args: unknown[]): Socket {
    const [options, listener] = optionsOf(args)
    if (byOperator.getStore() === true || leadsToOwnPort(options)) return Reflect.apply(connect, this, args) as Socket
    const target = options.path || (options.host ?? 'localhost')
    const policy = networkPolicy()
    const reason = options.path ? policy.refusalOfPath(target) : policy.refusalOfHost(target)
    if (reason !== null) {
      process.nextTick(() => this.destroy(refusal(reason, target)))
      return this
    }
    const checked = options.path ? options : { ...options, lookup: guardedLookup(options.lookup) }
    return Reflect.apply(connect, this, listener === undefined ? [checked] : [checked, listener]) as Socket
  } as typeof connect
}

/** Runs what the operator's own settings ask for (the control database, the identity of this machine), not a user's. */
export function asOperator<T>(work: () => T): T {
  return byOperator.run(true, work)
}

/** A socket for the platform's own connections, for drivers that connect later than they are made. */
export class OperatorSocket extends Socket {
  override connect(...args: unknown[]): this {
    return asOperator(() => Reflect.apply(Socket.prototype.connect, this, args)) as this
  }
}

const ownPorts = new Set<number>()

/** A port of 127.0.0.1 that a tunnel of ours listens on may be reached though the operator denies this machine. Returns what ends that. */
export function admitOwnPort(port: number): () => void {
  ownPorts.add(port)
  return () => ownPorts.delete(port)
}

function leadsToOwnPort({ host, port, path }: ConnectOptions): boolean {
  return !path && host === '127.0.0.1' && ownPorts.has(Number(port))
}

/** Throws `network.address_refused` for a host that must not be reached, also when only one of its addresses is. */
export async function requireAllowedHost(host: string): Promise<void> {
  const policy = networkPolicy()
  refuse(policy.refusalOfHost(host), host)
  const name = canonicalHost(host)
  if (isIP(name) !== 0 || policy.trustsName(name)) return
  // A name that cannot be resolved is told by the client that needs it.
  const found = await dns.promises.lookup(name, { all: true }).catch(() => [])
  for (const { address } of found) refuse(policy.refusalOfAddress(address), `${host} (${address})`)
}

interface ConnectOptions {
  readonly path?: string
  readonly port?: number | string
  readonly host?: string
  readonly lookup?: LookupFunction
}

/** `connect` takes options, a port and a host, a path, or what `net.connect` made of these: a list of options and listener. */
function optionsOf(args: readonly unknown[]): [options: ConnectOptions, listener: unknown] {
  const [first, second] = args
  const listener = args.find((arg) => typeof arg === 'function')
  if (Array.isArray(first)) return [first[0] as ConnectOptions, first[1] ?? undefined]
  if (typeof first === 'object' && first !== null) return [first, listener]
  if (typeof first === 'string' && !/^\d+$/.test(first)) return [{ path: first }, listener]
  return [{ port: first as number, ...(typeof second === 'string' ? { host: second } : {}) }, listener]
}

function guardedLookup(given: LookupFunction | undefined): LookupFunction {
  return (host, options, callback) => {
    const lookup = given ?? (dns.lookup as LookupFunction)
    const all: LookupOptions = { ...(options as LookupOptions), all: true }
    lookup(host, all, (error, found, family) => {
      if (error !== null && error !== undefined) return callback(error, [])
      const addresses: LookupAddress[] = Array.isArray(found)
        ? found
        : [{ address: found, family: family ?? isIP(found) }]
      const policy = networkPolicy()
      const refused = policy.trustsName(canonicalHost(host))
        ? undefined
        : addresses.find(({ address }) => policy.refusalOfAddress(address) !== null)
      if (refused !== undefined)
        return callback(refusal(policy.refusalOfAddress(refused.address) ?? '', `${host} (${refused.address})`), [])
      const [first] = addresses
      if (options.all === true) return callback(null, addresses)
      if (first === undefined) return callback(new Error(`no address for ${host}`), [])
      callback(null, first.address, first.family)
    })
  }
}
