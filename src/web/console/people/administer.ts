import type { TypedDocument } from '../../../client/index.js';
import { hasCode } from '../../kit/errors.js';
import { besideField, formError } from '../../kit/form-errors.js';
import { reload } from '../../kit/query.js';
import { request } from '../../kit/request.js';
import {
  CountPeopleDocument,
  PeopleDocument,
  PersonAccessDocument,
  PersonActivityDocument,
  PersonDocument,
} from '../generated/operations.js';

const READ = [
  PersonDocument,
  PersonAccessDocument,
  PersonActivityDocument,
  PeopleDocument,
  CountPeopleDocument,
];

/** Changes a person, and loads again what the pages show of people. */
export async function administer<T, V>(document: TypedDocument<T, V>, variables: NoInfer<V>): Promise<T> {
  try {
    const result = await request(document, variables);
    await Promise.all(READ.map((one) => reload(one)));
    return result;
  } catch (error) {
    throw hasCode(error, 'NOT_FOUND') ? formError('This account does not exist any more.') : error;
  }
}

/** The same for forms with a username and an address. */
export const administerNames = <T, V>(document: TypedDocument<T, V>, variables: NoInfer<V>): Promise<T> =>
  administer(document, variables)
    .catch(besideField('USERNAME_TAKEN', 'username'))
    .catch(besideField('EMAIL_TAKEN', 'email'));
