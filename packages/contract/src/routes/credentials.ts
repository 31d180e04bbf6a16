import { z } from 'zod'
import { copyOptions, deleted, getQuery, writeQuery } from '../resources/common.ts'
import {
  backgroundTask,
  consentBegun,
  credential,
  credentialCreate,
  credentialListQuery,
  credentialUpdate,
  probeQuery,
  probeResult,
  probeSampleRequest,
  probeSampleResult,
  probeTreeRequest,
  probeTreeResult,
} from '../resources/credential.ts'
import { route } from '../route.ts'
import { idParams } from '../values.ts'
import { needs } from './resource-access.ts'

const tag = 'data_credentials'
const one = { path: '/data_credentials/{id}', params: idParams, tag } as const
const probe = {
  params: idParams,
  query: probeQuery,
  response_in_background: backgroundTask,
  tag,
  access: needs(tag, 'collaborator'),
} as const

export const credentialRoutes = {
  list_credentials: route({
    method: 'GET',
    path: '/data_credentials',
    summary: 'Credentials that the caller may see',
    tag,
    query: credentialListQuery,
    response: z.array(credential),
    access: 'member',
  }),
  create_credential: route({
    method: 'POST',
    path: '/data_credentials',
    summary: 'Create a credential; its secrets are sealed and never returned',
    tag,
    query: writeQuery,
    body: credentialCreate,
    response: credential,
    access: 'member',
  }),
  get_credential: route({
    ...one,
    method: 'GET',
    summary: 'One credential',
    query: getQuery,
    response: credential,
    access: needs(tag, 'collaborator'),
  }),
  update_credential: route({
    ...one,
    method: 'PUT',
    summary: 'Change a credential; `credentials` is replaced whole',
    query: writeQuery,
    body: credentialUpdate,
    response: credential,
    access: needs(tag, 'admin'),
  }),
  delete_credential: route({
    ...one,
    method: 'DELETE',
    summary: 'Delete a credential that no source or sink uses',
    response: deleted,
    access: needs(tag, 'owner'),
  }),
  copy_credential: route({
    method: 'POST',
    path: '/data_credentials/{id}/copy',
    summary: 'Copy a credential',
    tag,
    params: idParams,
    body: copyOptions.prefault({}),
    response: credential,
    access: needs(tag, 'collaborator'),
  }),
  authorize_credential: route({
    ...one,
    method: 'GET',
    path: '/data_credentials/{id}/authorize',
    summary: 'The page of a service where a person allows this credential to act for them (OAuth in the browser)',
    response: consentBegun,
    access: needs(tag, 'admin'),
    public_api: false,
  }),
  probe_credential: route({
    ...probe,
    method: 'GET',
    path: '/data_credentials/{id}/probe',
    summary: 'Try the credential as a run would',
    response: probeResult,
  }),
  probe_credential_authenticate: route({
    ...probe,
    method: 'GET',
    path: '/data_credentials/{id}/probe/authenticate',
    summary: 'The same as probe',
    response: probeResult,
  }),
  probe_credential_tree: route({
    ...probe,
    method: 'POST',
    path: '/data_credentials/{id}/probe/tree',
    summary: 'What can be read: folders and files, databases and tables',
    body: probeTreeRequest,
    response: probeTreeResult,
  }),
  probe_credential_sample: route({
    ...probe,
    method: 'POST',
    path: '/data_credentials/{id}/probe/sample',
    summary: 'The first records of a file or table',
    body: probeSampleRequest,
    response: probeSampleResult,
  }),
}
