import { isIP } from 'node:net'

/** The 16 bytes of an IPv6 address in any spelling. */
function bytesOf(address: string): readonly number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)
  const plain =
    dotted === null
      ? address
      : `${dotted[1]}${hex(Number(dotted[2]), Number(dotted[3]))}:${hex(Number(dotted[4]), Number(dotted[5]))}`
  const [head = '', tail] = plain.split('::')
  const groups = (text: string | undefined): number[] =>
    text === undefined || text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
  const before = groups(head)
  const after = groups(tail)
  const middle = tail === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => 0)
  return [...before, ...middle, ...after].flatMap((group) => [group >> 8, group & 255])
}

function hex(high: number, low: number): string {
  return ((high << 8) | low).toString(16)
}

const prefixes: readonly { readonly prefix: readonly number[]; readonly at: number; readonly inverted?: boolean }[] = [
  { prefix: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff], at: 12 }, // mapped, RFC 4291
  { prefix: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], at: 12 }, // compatible, RFC 4291; `::` and `::1` look like 0.0.0.x
  { prefix: [0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0], at: 12 }, // translated, RFC 2765
  { prefix: [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0], at: 12 }, // NAT64, RFC 6052
  { prefix: [0, 0x64, 0xff, 0x9b, 0, 1], at: 12 }, // NAT64 of one's own, RFC 8215
  { prefix: [0x20, 0x02], at: 2 }, // 6to4, RFC 3056
  { prefix: [0x20, 0x01, 0, 0], at: 4 }, // Teredo's server, RFC 4380
  { prefix: [0x20, 0x01, 0, 0], at: 12, inverted: true }, // Teredo's client
]

/** The IPv4 addresses that a router may take out of an IPv6 address. Empty for everything else. */
export function embeddedIpv4(address: string): readonly string[] {
  if (isIP(address) !== 6) return []
  const bytes = bytesOf(address.split('%')[0] ?? '')
  return prefixes
    .filter(({ prefix }) => prefix.every((byte, index) => bytes[index] === byte))
    .map(({ prefix, at, inverted }) => {
      const found = bytes.slice(at, at + 4).map((byte) => (inverted === true ? byte ^ 255 : byte))
      return prefix.length === 12 && prefix.every((byte) => byte === 0) && found[0] === 0 ? '' : found.join('.')
    })
    .filter((found) => found !== '')
}
