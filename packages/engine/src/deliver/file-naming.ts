import { Fault } from '@leat/connector-kit'
import { expandPattern, folderExpressionOf, patternUsesRecord } from '@leat/formats'
import type { SegmentRef, SinkNode } from '../ports.ts'

/**
 * Names of a sink's files: `<folder by date>/<prefix>-<nexset>-<first>-<last>[-part].<ext>`. Everything in them follows from the sink and the
 * range of segments (the date is that of the first segment, UTC), so a repeat writes the same names.
 */
export class FileNaming {
  readonly splitsByRecord: boolean
  readonly #prefix: string
  readonly #pattern: string
  readonly #nexset: number
  readonly #extension: string

  constructor(sink: SinkNode, extension: string) {
    this.#pattern = String(sink.options['output.dir.name.pattern'] ?? '{YYYY}/{MM}/{dd}')
    this.#prefix = safePrefix(sink.options['file.name.prefix'])
    this.#nexset = sink.nexsetId
    this.#extension = extension
    this.splitsByRecord = patternUsesRecord(this.#pattern)
  }

  /** `folder`: the one that a record led to, when the pattern splits by record. */
  name(group: readonly SegmentRef[], folder: string | null, part: number): string {
    const first = group[0]!
    const dir = folder ?? expandPattern(this.#pattern, new Date(first.createdAt))
    const range = `${padded(first.seq)}-${padded(group.at(-1)!.lastSeq)}`
    const file = `${this.#prefix}-${this.#nexset}-${range}${part === 0 ? '' : `-${part}`}.${this.#extension}`
    return dir === '' ? file : `${dir}/${file}`
  }

  /** SQL for the folder of a row. Each value becomes the name of one folder. */
  folderExpression(group: readonly SegmentRef[]): string {
    return folderExpressionOf(this.#pattern, new Date(group[0]!.createdAt))
  }
}

function padded(position: number): string {
  return String(position).padStart(8, '0')
}

function safePrefix(wanted: unknown): string {
  const prefix = String(wanted ?? '').trim() || 'nexset'
  if (!/^[^/\\\p{Cc}]{1,120}$/u.test(prefix) || prefix.startsWith('.'))
    throw new Fault({
      kind: 'config',
      code: 'sink.bad_file_prefix',
      field: 'file.name.prefix',
      message: `file.name.prefix "${prefix}" cannot begin a file name: use up to 120 characters without "/", "\\" or a leading dot.`,
    })
  return prefix
}
