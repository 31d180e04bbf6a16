import type { SinkNode } from '../ports.ts'

/** By this a destination knows a sink again. */
export function writerId({ id }: Pick<SinkNode, 'id'>): string {
  return `sink-${id}`
}
