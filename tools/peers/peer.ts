import { assemblyscriptIn, assemblyscriptRecipe, type AssemblyScript } from './assemblyscript.ts'
import { installed, type Say } from './cache.ts'
import { fakesnowRecipe, startFakesnow, type SnowflakeServer, type SnowflakeServerOptions } from './fakesnow.ts'
import { motoRecipe, pythonIn, pythonRecipe, rivalsRecipe, startMoto, type AwsServer } from './python.ts'
import { runSchemathesis, schemathesisRecipe, type Attack } from './schemathesis.ts'
import { sqlglotRecipe, startSqlglot, type SqlParser } from './sqlglot.ts'
import { startVersitygw, versitygwRecipe, type S3Server, type S3ServerOptions } from './versitygw.ts'

/** What each peer offers once it is installed. */
export interface Peers {
  readonly versitygw: { start(options?: S3ServerOptions): Promise<S3Server> }
  readonly python: { readonly interpreter: string }
  readonly rivals: { readonly interpreter: string }
  readonly moto: { readonly interpreter: string; start(): Promise<AwsServer> }
  readonly fakesnow: { start(options?: SnowflakeServerOptions): Promise<SnowflakeServer> }
  readonly schemathesis: { run(attack: Attack): ReturnType<typeof runSchemathesis> }
  readonly sqlglot: { start(): SqlParser }
  readonly assemblyscript: AssemblyScript
}

export type PeerName = keyof Peers

/** This machine cannot have the peer. A test gives `missing` as the reason of its skip. */
export interface Missing {
  readonly missing: string
}

const entries = {
  versitygw: {
    recipe: versitygwRecipe,
    offer: (folder: string) => ({ start: (options?: S3ServerOptions) => startVersitygw(folder, options) }),
  },
  python: { recipe: pythonRecipe, offer: (folder: string) => ({ interpreter: pythonIn(folder) }) },
  rivals: { recipe: rivalsRecipe, offer: (folder: string) => ({ interpreter: pythonIn(folder) }) },
  moto: {
    recipe: motoRecipe,
    offer: (folder: string) => ({ interpreter: pythonIn(folder), start: () => startMoto(folder) }),
  },
  fakesnow: {
    recipe: fakesnowRecipe,
    offer: (folder: string) => ({ start: (options?: SnowflakeServerOptions) => startFakesnow(folder, options) }),
  },
  schemathesis: {
    recipe: schemathesisRecipe,
    offer: (folder: string) => ({ run: (attack: Attack) => runSchemathesis(folder, attack) }),
  },
  sqlglot: { recipe: sqlglotRecipe, offer: (folder: string) => ({ start: () => startSqlglot(folder) }) },
  assemblyscript: { recipe: assemblyscriptRecipe, offer: assemblyscriptIn },
} as const

export const peerNames = Object.keys(entries) as readonly PeerName[]

/**
 * A real server or tool for tests, installed on first use. Where it cannot be installed (no Go, no network), CI fails
 * (environment CI=true); elsewhere the reason is printed and given back, so that the test skips loudly.
 */
export async function peer<Name extends PeerName>(
  name: Name,
  say: Say = (line) => console.error(line),
): Promise<Peers[Name] | Missing> {
  const { recipe, offer } = entries[name]
  try {
    return offer(await installed(recipe, say)) as unknown as Peers[Name]
  } catch (error) {
    const reason = `${name} could not be installed: ${error instanceof Error ? error.message : String(error)}`
    if (process.env['CI'] === 'true') throw new Error(reason, { cause: error })
    say(`SKIPPED: ${reason}`)
    return { missing: reason }
  }
}

export function isMissing(found: object): found is Missing {
  return 'missing' in found
}
