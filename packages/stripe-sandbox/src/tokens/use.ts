import { invalidRequest } from '../http/errors.ts';
import type { Stored, TokenSecret } from '../store/kinds.ts';
import type { Transaction } from '../store/transaction.ts';

/** The secret of a token that was made here, which is used up; nothing for a name that is no such token. */
export function useToken(
  tx: Transaction,
  id: string,
  type: 'card' | 'bank_account',
  param: string,
): (Stored<'token'> & { hidden: TokenSecret }) | undefined {
  const found = tx.find('token', id);
  if (found === undefined || found.data.type !== type) return undefined;
  if (found.data.used) {
    throw invalidRequest('You cannot use a Stripe token more than once.', {
      code: 'token_already_used',
      param,
    });
  }
  const token = tx.edit('token', id);
  token.data.used = true;
  return token;
}
