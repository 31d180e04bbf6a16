import { startEmbeddedPostgres } from '../../src/database/embedded-postgres.ts'

// Starts or adopts the server of a folder, says how, and stays until it is killed.
const { how, pid, url } = await startEmbeddedPostgres(process.argv[2]!)
console.log(JSON.stringify({ how, pid, url }))
setInterval(() => undefined, 60_000)
