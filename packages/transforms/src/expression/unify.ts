import type { DataType } from '@leat/connector-kit'
import { castTo } from './cast.ts'
import { commonType, isUnknown, json, scalar, shownType } from './types.ts'
import { adapt, mistake, type Value } from './value.ts'

/** All arguments as their common type. */
export function unify(
  args: readonly Value[],
  what: string,
): { readonly args: readonly Value[]; readonly type: DataType } {
  let type = scalar('UNKNOWN')
  for (const arg of args) {
    if (arg.literal?.kind === 'null') continue
    const next =
      commonType(type, arg.type) ??
      (adapt(arg, type) !== null ? type : args.every((each) => adapt(each, arg.type) !== null) ? arg.type : null)
    if (next === null)
      throw mistake(`${what} mixes ${shownType(type)} with ${shownType(arg.type)}; cast one of them`, arg.at)
    type = next
  }
  if (isUnknown(type)) return { args: args.map((arg) => ({ ...(adapt(arg, json) ?? arg) })), type: json }
  const adapted = args.map((arg) => {
    const fit = adapt(arg, type) ?? (arg.type.kind === 'list' && type.kind === 'list' ? castTo(arg, type) : null)
    if (fit === null)
      throw mistake(`${what} mixes ${shownType(type)} with ${shownType(arg.type)}; cast one of them`, arg.at)
    return fit
  })
  return { args: adapted, type }
}
