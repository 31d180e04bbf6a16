import { z } from 'zod'
import { connectorInfo } from '../resources/connector.ts'
import { quarantinePage, quarantineQuery } from '../resources/quarantine.ts'
import { run, runDetail, runListQuery } from '../resources/run.ts'
import { sqlRequest, sqlResult } from '../resources/sql.ts'
import { route } from '../route.ts'
import { idParams, jsonObject } from '../values.ts'

/** What the public API does not have. */
export const platformRoutes = {
  list_runs: route({
    method: 'GET',
    path: '/runs',
    summary: 'Runs of the sources that the caller may see, newest first',
    tag: 'runs',
    query: runListQuery,
    response: z.array(run),
    access: 'member',
    public_api: false,
  }),
  /** Needs the role collaborator on the run's source, else 404. */
  get_run: route({
    method: 'GET',
    path: '/runs/{id}',
    summary: 'Progress of a run, of its source and of every node behind it',
    tag: 'runs',
    params: idParams,
    response: runDetail,
    access: 'member',
    public_api: false,
  }),
  list_quarantine: route({
    method: 'GET',
    path: '/quarantine',
    summary: 'Refused records with their bytes, origin and reason',
    tag: 'quarantine',
    query: quarantineQuery,
    names_resource: true,
    response: quarantinePage,
    access: 'member',
    public_api: false,
  }),
  /** Each `nexset_<id>` in the query needs the role collaborator. */
  query_sql: route({
    method: 'POST',
    path: '/sql',
    summary: 'Read nexsets with SQL: select … from nexset_12',
    tag: 'sql',
    body: sqlRequest,
    response: sqlResult,
    access: 'member',
    public_api: false,
  }),
  list_connectors: route({
    method: 'GET',
    path: '/connectors',
    summary: 'Connectors of this server with the JSON Schemas of their configuration',
    tag: 'connectors',
    response: z.array(connectorInfo),
    access: 'member',
    public_api: false,
  }),
  get_openapi: route({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This description',
    tag: 'session',
    response: jsonObject,
    access: 'none',
    public_api: false,
  }),
}
