import type { DataType, ObjectPart } from '../src/index.ts'
import { bytesOf } from './reading.ts'

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', b: '\b', f: '\f', v: '\v', '\\': '\\' }

/** Records of a part in `copy_text` (see src/sql/copy-text.ts): values as their text, bytes as base64. */
export async function copyTextRows(part: ObjectPart): Promise<readonly Readonly<Record<string, string | null>>[]> {
  const fields = part.schema?.fields ?? []
  const text = (await bytesOf(part.open())).toString()
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const values = line.split('\t')
      return Object.fromEntries(fields.map(({ name, type }, index) => [name, valueOf(values[index] ?? '\\N', type)]))
    })
}

function valueOf(text: string, type: DataType): string | null {
  if (text === '\\N') return null
  const value = text.replaceAll(/\\(.)/g, (_, one: string) => escapes[one] ?? one)
  return type.kind === 'scalar' && type.name === 'BLOB' ? Buffer.from(value, 'hex').toString('base64') : value
}
