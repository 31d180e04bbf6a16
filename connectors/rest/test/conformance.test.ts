import { conformance } from '@leat/connector-kit/conformance'
import { rest } from '../src/rest.connector.ts'
import { filesOfList, pagesByCursor } from './record-server.ts'

// Two ways in which APIs give what they have, and records that are posted. An API has neither staging nor a list of what can be asked for.
const peer = (name: string) => ({ kind: 'protocol fake', name: `HTTP server: ${name}` }) as const

conformance(rest, { peer: peer('pages by cursor, posts'), setup: pagesByCursor })
conformance(rest, { peer: peer('a list and its files'), setup: filesOfList, parts: ['source'] })
