/** Exact rationals over BigInt, for an evaluator that shares no code with the compiler. */

/** The record must be refused. */
export class Refused extends Error {}
export interface Exact {
  readonly units: bigint
  readonly scale: number
  readonly integer: boolean
}
export type Result = Exact | string | boolean | null
export const integer = (value: bigint): Exact => ({ units: value, scale: 0, integer: true })
export const rescale = (value: Exact, scale: number): bigint => value.units * 10n ** BigInt(scale - value.scale)

export function exactOf(text: string): Exact {
  const [whole = '', fraction = ''] = text.split('.')
  return { units: BigInt(whole + fraction), scale: fraction.length, integer: false }
}

/** Throws where the column's type has no room. */
export function checked(value: Exact): Exact {
  const size = value.units < 0n ? -value.units : value.units
  if (value.integer ? value.units >= 2n ** 63n || value.units < -(2n ** 63n) : size >= 10n ** 38n) throw new Refused()
  return value
}

export function calculate(operator: string, x: Exact, y: Exact): Exact {
  const both = x.integer && y.integer
  const scale = Math.max(x.scale, y.scale)
  const [l, r] = [rescale(x, scale), rescale(y, scale)]
  switch (operator) {
    case '+':
      return checked({ units: l + r, scale, integer: both })
    case '-':
      return checked({ units: l - r, scale, integer: both })
    case '*':
      return checked({ units: x.units * y.units, scale: x.scale + y.scale, integer: both })
    case '%':
      if (r === 0n) throw new Refused()
      return { units: l % r, scale, integer: both }
    default: {
      if (r === 0n) throw new Refused()
      const places = Math.max(12, x.scale, y.scale)
      const top = l * 10n ** BigInt(places)
      const twice = (top < 0n ? -top : top) * 2n + (r < 0n ? -r : r)
      const size = twice / (2n * (r < 0n ? -r : r))
      return checked({ units: top < 0n !== r < 0n ? -size : size, scale: places, integer: false })
    }
  }
}

export function order(x: Result, y: Result): number {
  if (typeof x === 'object' && typeof y === 'object' && x !== null && y !== null) {
    const scale = Math.max(x.scale, y.scale)
    const [l, r] = [rescale(x, scale), rescale(y, scale)]
    return l < r ? -1 : l > r ? 1 : 0
  }
  const [l, r] = [Buffer.from(String(x)), Buffer.from(String(y))]
  return Buffer.compare(l, r)
}
