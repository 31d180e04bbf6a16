import { BlockList, isIP } from 'node:net'
import { Fault } from '../faults.ts'
import { embeddedIpv4 } from './embedded-ipv4.ts'

/**
 * Where clouds answer with credentials of the machine itself, and what no service has for its address. Private networks and this machine
 * are not here: on a server of one's own the sources live in them. An operator who wants less says `LEAT_NETWORK_DENY=private`.
 */
const refusedRanges = [
  '169.254.0.0/16', // link-local: metadata of AWS, GCP, Azure, DigitalOcean, Oracle, ECS and EKS
  '100.100.100.200', // Alibaba Cloud
  '168.63.129.16', // Azure WireServer
  '192.0.0.192', // Oracle Cloud
  '0.0.0.0/8', // "this host"
  '224.0.0.0/4', // multicast
  '255.255.255.255',
  '::',
  'fe80::/10', // link-local
  'ff00::/8', // multicast
  'fd00:ec2::/32', // AWS: metadata, DNS, pod identity
  'fd20:ce::254', // GCP
  'fd00:c1::a9fe:a9fe', // Oracle Cloud
  'fd00:42::42', // Scaleway
]
const refusedNames = [
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
  'instance-data',
  'instance-data.ec2.internal',
]

const privateRanges = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '192.0.0.0/24',
  '198.18.0.0/15',
  '::1',
  'fc00::/7',
  'fec0::/10',
]
const privateNames = ['localhost', '*.localhost']

interface Places {
  readonly addresses: BlockList
  /** Host names, `*.` for everything below one, and paths of Unix sockets. */
  readonly names: readonly string[]
}

/** What connectors may reach. `LEAT_NETWORK_ALLOW` wins over `LEAT_NETWORK_DENY` and over what is refused without a setting. */
export class NetworkPolicy {
  readonly #allowed: Places
  readonly #denied: Places
  readonly #refused = places(refusedRanges.concat(refusedNames), '')

  /** Throws a `config` fault for an entry that is neither address, range, host name nor `private`. */
  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#allowed = placesOf(env, 'LEAT_NETWORK_ALLOW')
    this.#denied = placesOf(env, 'LEAT_NETWORK_DENY')
  }

  /** Hosts that the operator named; `.example.com` for everything below one. */
  get trustedNames(): readonly string[] {
    return this.#allowed.names.filter((name) => !name.startsWith('/')).map((name) => name.replace(/^\*/, ''))
  }

  /** Whether the operator refuses more than what is refused anyway. */
  get denies(): boolean {
    return this.#denied.names.length > 0 || this.#denied.addresses.rules.length > 0
  }

  /** True when the operator named the host: none of its addresses is looked at then. */
  trustsName(host: string): boolean {
    return holdsName(this.#allowed, host)
  }

  /** Why a host (a name or an address, in any spelling) must not be reached, or null. A name may still lead to a refused address. */
  refusalOfHost(host: string): string | null {
    const shown = canonicalHost(host)
    if (isIP(shown) !== 0) return this.refusalOfAddress(shown)
    if (this.trustsName(shown)) return null
    if (holdsName(this.#denied, shown)) return denied
    return holdsName(this.#refused, shown) ? metadata : null
  }

  refusalOfAddress(address: string): string | null {
    const plain = address.split('%')[0] ?? ''
    const forms = [plain, ...embeddedIpv4(plain)]
    if (forms.some((form) => holdsAddress(this.#allowed, form))) return null
    if (forms.some((form) => holdsAddress(this.#denied, form))) return denied
    return forms.some((form) => holdsAddress(this.#refused, form)) ? metadata : null
  }

  /** A socket file belongs to this machine: whoever answers there (a database, a container runtime) takes the caller for a local one. */
  refusalOfPath(path: string): string | null {
    return holdsName(this.#allowed, path) ? null : 'it is a socket of this machine'
  }
}

const metadata = 'the address is link-local or serves metadata of the machine'
const denied = 'the operator forbids it (LEAT_NETWORK_DENY)'

/** Throws `network.address_refused` when there is a reason. `shown`: host, and the address that it leads to. */
export function refuse(reason: string | null, shown: string): void {
  if (reason !== null) throw refusal(reason, shown)
}

export function refusal(reason: string, shown: string): Fault {
  const message = `Connections to ${shown} are not allowed: ${reason}. Use another host, or ask the operator to name it in LEAT_NETWORK_ALLOW.`
  return new Fault({ kind: 'config', code: 'network.address_refused', message })
}

let current: { readonly key: string; readonly policy: NetworkPolicy } | undefined

/** The policy of this process, from its environment. */
export function networkPolicy(): NetworkPolicy {
  const key = `${process.env['LEAT_NETWORK_ALLOW'] ?? ''}\n${process.env['LEAT_NETWORK_DENY'] ?? ''}`
  if (current?.key !== key) current = { key, policy: new NetworkPolicy(process.env) }
  return current.policy
}

/** `0xA9FEA9FE`, `2852039166`, `0251.254.169.254`, `[::FFFF:a9fe:a9fe]`, `METADATA.google.internal.` as everybody else writes them. */
export function canonicalHost(host: string): string {
  const bare = host.replaceAll(/^\[|\]$/g, '')
  if (isIP(bare) !== 0) return bare.toLowerCase()
  const parsed = URL.parse(`http://${bare}/`)
  return (parsed?.hostname ?? bare.toLowerCase()).replaceAll(/^\[|\]$/g, '').replace(/\.+$/, '')
}

function placesOf(env: Readonly<Record<string, string | undefined>>, setting: string): Places {
  const entries = (env[setting] ?? '').split(',').map((entry) => entry.trim())
  return places(
    entries.filter((entry) => entry !== ''),
    setting,
  )
}

function places(entries: readonly string[], setting: string): Places {
  const addresses = new BlockList()
  const names: string[] = []
  const whole = entries.flatMap((entry) => (entry === 'private' ? privateRanges.concat(privateNames) : [entry]))
  for (const entry of whole) {
    const [, address = entry, bits] = /^([^/]+)\/(\d{1,3})$/.exec(entry) ?? []
    const version = isIP(address)
    const family = version === 4 ? 'ipv4' : 'ipv6'
    if (version !== 0 && bits === undefined) addresses.addAddress(address, family)
    else if (version !== 0 && Number(bits) <= (version === 4 ? 32 : 128))
      addresses.addSubnet(address, Number(bits), family)
    else if (entry.startsWith('/') || /^(\*\.)?[\w-]+(\.[\w-]+)*$/.test(entry)) names.push(entry.toLowerCase())
    else throw wrongEntry(setting, entry)
  }
  return { addresses, names }
}

function wrongEntry(setting: string, entry: string): Fault {
  const message = `${setting} has the entry "${entry}". Use addresses, ranges such as 10.0.0.0/8, host names, *.example.com, paths of sockets, or private, with commas between.`
  return new Fault({ kind: 'config', code: 'settings.invalid', field: setting, message })
}

function holdsAddress({ addresses }: Places, address: string): boolean {
  return addresses.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6')
}

function holdsName({ names }: Places, host: string): boolean {
  const wanted = host.toLowerCase()
  return names.some((name) => name === wanted || (name.startsWith('*.') && wanted.endsWith(name.slice(1))))
}
