import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { Fault } from './faults.ts'

/**
 * Addresses that a user's URL must never reach: clouds answer there with credentials of the machine itself. Private networks are
 * allowed, because sources live in them; an operator who wants less puts a proxy or a firewall in front.
 */
const refused = new BlockList()
refused.addSubnet('169.254.0.0', 16, 'ipv4') // link-local, metadata of AWS, GCP, Azure, DigitalOcean, ECS
refused.addAddress('100.100.100.200', 'ipv4') // Alibaba Cloud
refused.addAddress('168.63.129.16', 'ipv4') // Azure WireServer
refused.addAddress('192.0.0.192', 'ipv4') // Oracle Cloud
refused.addSubnet('0.0.0.0', 8, 'ipv4') // "this host"
refused.addSubnet('fe80::', 10, 'ipv6')
refused.addAddress('fd00:ec2::254', 'ipv6') // AWS
refused.addAddress('fd20:ce::254', 'ipv6') // GCP
refused.addAddress('::', 'ipv6')

/** Throws `network.address_refused` for the addresses above, also when they are written as IPv4 inside IPv6. */
export function refuseAddress(address: string, host: string = address): void {
  const version = isIP(address)
  if (version === 0 || !refused.check(address, version === 4 ? 'ipv4' : 'ipv6')) return
  const shown = host === address ? address : `${host} (${address})`
  const message = `Requests to ${shown} are not allowed: the address is link-local or serves metadata of the machine. Use another URL.`
  throw new Fault({ kind: 'config', code: 'network.address_refused', message })
}

/** A DNS lookup that checks every answer, so that a name cannot lead to a refused address, not even on its second resolution. */
export const guardedLookup: LookupFunction = (host, options, callback) => {
  systemLookup(host, { ...(options as LookupOptions), all: true }, (error, addresses: readonly LookupAddress[]) => {
    if (error !== null) return callback(error, [])
    try {
      for (const { address } of addresses) refuseAddress(address, host)
    } catch (fault) {
      return callback(fault as Error, [])
    }
    const [first] = addresses
    if (options.all === true) return callback(null, [...addresses])
    return first === undefined
      ? callback(new Error(`no address for ${host}`), [])
      : callback(null, first.address, first.family)
  })
}
