import { Cluster } from './cluster.ts'
import { startStore } from './s3-ends.ts'
import type { Playground } from './scenario.ts'

/** In these every scenario has to hold. */
export const playgrounds = ['one worker', 'three workers', 'two servers'] as const
export type PlaygroundName = (typeof playgrounds)[number]

/** Servers that keep schedules and answer the API; the workers are those of the suite. Two servers share a PostgreSQL and an S3 store. */
export async function openPlayground(name: PlaygroundName): Promise<Playground> {
  await using stack = new AsyncDisposableStack()
  const s3 = name === 'two servers' ? stack.adopt(await startStore(), (server) => server.stop()) : undefined
  const cluster = stack.use(
    await Cluster.start({
      servers: name === 'two servers' ? 2 : 1,
      workers: 0,
      postgres: 'apart',
      leaseSeconds: 1,
      ...(s3 && { store: s3 }),
    }),
  )
  const open = stack.move()
  const workers = { 'one worker': 1, 'three workers': 3, 'two servers': 2 }[name]
  return { cluster, workers, [Symbol.asyncDispose]: () => open.disposeAsync() }
}
