import { listCapabilities, retrieveCapability, updateCapability } from './accounts/capabilities.ts';
import { createAccount, deleteAccount, updateAccount } from './accounts/create.ts';
import { listAccounts, retrieveAccount, retrieveOwnAccount } from './accounts/find.ts';
import { createAccountLink, createLoginLink } from './accounts/links.ts';
import { createPerson, deletePerson, updatePerson } from './accounts/person-changes.ts';
import { listPersons, retrievePerson } from './accounts/persons.ts';
import { rejectAccount, unrejectAccount } from './accounts/standing.ts';
import { listCharges, retrieveCharge, updateCharge } from './charges/read.ts';
import { createCustomer } from './customers/create.ts';
import { deleteCustomer, listCustomers } from './customers/delete.ts';
import { retrieveCustomer } from './customers/find.ts';
import { updateCustomer } from './customers/update.ts';
import { closeDispute, listDisputes, retrieveDispute, updateDispute } from './disputes/answer.ts';
import { listEvents, retrieveEvent } from './events/read.ts';
import {
  deleteExternalAccount,
  listExternalAccounts,
  retrieveExternalAccount,
  updateExternalAccount,
} from './external-accounts/change.ts';
import { createExternalAccount } from './external-accounts/create.ts';
import { createFile, listFiles, retrieveFile } from './files/files.ts';
import type { Endpoint } from './http/endpoint.ts';
import { listBalanceTransactions, retrieveBalance, retrieveBalanceTransaction } from './ledger/read.ts';
import { cancelIntent } from './payment-intents/cancel.ts';
import { captureIntent } from './payment-intents/capture.ts';
import { confirmIntent } from './payment-intents/confirm.ts';
import { createIntent } from './payment-intents/create.ts';
import { listIntents, retrieveIntent } from './payment-intents/find.ts';
import { updateIntent } from './payment-intents/update.ts';
import { attachPaymentMethod, detachPaymentMethod } from './payment-methods/attach.ts';
import { createPaymentMethod } from './payment-methods/create.ts';
import { retrievePaymentMethod } from './payment-methods/find.ts';
import { listOfCustomer, listPaymentMethods } from './payment-methods/list.ts';
import { retrieveOfCustomer, updatePaymentMethod } from './payment-methods/update.ts';
import { createPayout } from './payouts/create.ts';
import { cancelPayout, listPayouts, retrievePayout, reversePayout, updatePayout } from './payouts/read.ts';
import { retrieveSettings, updateSettings } from './payouts/settings.ts';
import { createRefund } from './refunds/create.ts';
import { cancelRefund } from './refunds/progress.ts';
import { listRefunds, retrieveRefund, updateRefund } from './refunds/read.ts';
import {
  createAccountSession,
  createCustomerSession,
  createEphemeralKey,
  deleteEphemeralKey,
} from './sessions/create.ts';
import { confirmSetup } from './setup-intents/confirm.ts';
import { cancelSetup, createSetup, updateSetup } from './setup-intents/create.ts';
import { listAttempts, listSetups, retrieveSetup } from './setup-intents/find.ts';
import { createConfirmationToken, retrieveConfirmationToken } from './tokens/confirmation.ts';
import { createToken, retrieveToken } from './tokens/create.ts';
import { createTransfer } from './transfers/create.ts';
import { listTransfers, retrieveTransfer, updateTransfer } from './transfers/read.ts';
import { createReversal, listReversals, retrieveReversal, updateReversal } from './transfers/reverse.ts';
import {
  createEndpoint,
  deleteEndpoint,
  listEndpoints,
  retrieveEndpoint,
  updateEndpoint,
} from './webhooks/endpoints.ts';

/** What the sandbox serves, by method and path of the data file. */
export const endpoints: Record<string, Endpoint> = {
  'POST /v1/customers': createCustomer,
  'GET /v1/customers': listCustomers,
  'GET /v1/customers/{id}': retrieveCustomer,
  'POST /v1/customers/{id}': updateCustomer,
  'DELETE /v1/customers/{id}': deleteCustomer,
  'GET /v1/customers/{id}/payment_methods': listOfCustomer,
  'POST /v1/payment_methods': createPaymentMethod,
  'GET /v1/payment_methods': listPaymentMethods,
  'GET /v1/payment_methods/{id}': retrievePaymentMethod,
  'GET /v1/customers/{id}/payment_methods/{id2}': retrieveOfCustomer,
  'POST /v1/payment_methods/{id}': updatePaymentMethod,
  'POST /v1/payment_methods/{id}/attach': attachPaymentMethod,
  'POST /v1/payment_methods/{id}/detach': detachPaymentMethod,
  'POST /v1/payment_intents': createIntent,
  'GET /v1/payment_intents': listIntents,
  'GET /v1/payment_intents/{id}': retrieveIntent,
  'POST /v1/payment_intents/{id}': updateIntent,
  'POST /v1/payment_intents/{id}/confirm': confirmIntent,
  'POST /v1/payment_intents/{id}/capture': captureIntent,
  'POST /v1/payment_intents/{id}/cancel': cancelIntent,
  'GET /v1/charges': listCharges,
  'GET /v1/charges/{id}': retrieveCharge,
  'POST /v1/charges/{id}': updateCharge,
  'POST /v1/refunds': createRefund,
  'GET /v1/refunds': listRefunds,
  'GET /v1/refunds/{id}': retrieveRefund,
  'POST /v1/refunds/{id}': updateRefund,
  'POST /v1/refunds/{id}/cancel': cancelRefund,
  'GET /v1/disputes': listDisputes,
  'GET /v1/disputes/{id}': retrieveDispute,
  'POST /v1/disputes/{id}': updateDispute,
  'POST /v1/disputes/{id}/close': closeDispute,
  'GET /v1/balance': retrieveBalance,
  'GET /v1/balance_transactions': listBalanceTransactions,
  'GET /v1/balance_transactions/{id}': retrieveBalanceTransaction,
  'GET /v1/account': retrieveOwnAccount,
  'POST /v1/accounts': createAccount,
  'GET /v1/accounts': listAccounts,
  'GET /v1/accounts/{id}': retrieveAccount,
  'POST /v1/accounts/{id}': updateAccount,
  'DELETE /v1/accounts/{id}': deleteAccount,
  'POST /v1/accounts/{id}/reject': rejectAccount,
  'POST /v1/accounts/{id}/unreject': unrejectAccount,
  'GET /v1/accounts/{id}/capabilities': listCapabilities,
  'GET /v1/accounts/{id}/capabilities/{id2}': retrieveCapability,
  'POST /v1/accounts/{id}/capabilities/{id2}': updateCapability,
  'POST /v1/accounts/{id}/external_accounts': createExternalAccount,
  'GET /v1/accounts/{id}/external_accounts': listExternalAccounts,
  'GET /v1/accounts/{id}/external_accounts/{id2}': retrieveExternalAccount,
  'POST /v1/accounts/{id}/external_accounts/{id2}': updateExternalAccount,
  'DELETE /v1/accounts/{id}/external_accounts/{id2}': deleteExternalAccount,
  'POST /v1/accounts/{id}/login_links': createLoginLink,
  'GET /v1/accounts/{id}/persons': listPersons,
  'GET /v1/accounts/{id}/persons/{id2}': retrievePerson,
  'POST /v1/accounts/{id}/persons': createPerson,
  'POST /v1/accounts/{id}/persons/{id2}': updatePerson,
  'DELETE /v1/accounts/{id}/persons/{id2}': deletePerson,
  'POST /v1/account_sessions': createAccountSession,
  'POST /v1/customer_sessions': createCustomerSession,
  'POST /v1/ephemeral_keys': createEphemeralKey,
  'DELETE /v1/ephemeral_keys/{id}': deleteEphemeralKey,
  'POST /v1/files': createFile,
  'GET /v1/files': listFiles,
  'GET /v1/files/{id}': retrieveFile,
  'POST /v1/tokens': createToken,
  'GET /v1/tokens/{id}': retrieveToken,
  'POST /v1/test_helpers/confirmation_tokens': createConfirmationToken,
  'GET /v1/confirmation_tokens/{id}': retrieveConfirmationToken,
  'POST /v1/setup_intents': createSetup,
  'GET /v1/setup_intents': listSetups,
  'GET /v1/setup_intents/{id}': retrieveSetup,
  'POST /v1/setup_intents/{id}': updateSetup,
  'POST /v1/setup_intents/{id}/confirm': confirmSetup,
  'POST /v1/setup_intents/{id}/cancel': cancelSetup,
  'GET /v1/setup_attempts': listAttempts,
  'POST /v1/account_links': createAccountLink,
  'POST /v1/transfers': createTransfer,
  'GET /v1/transfers': listTransfers,
  'GET /v1/transfers/{id}': retrieveTransfer,
  'POST /v1/transfers/{id}': updateTransfer,
  'POST /v1/transfers/{id}/reversals': createReversal,
  'GET /v1/transfers/{id}/reversals': listReversals,
  'GET /v1/transfers/{id}/reversals/{id2}': retrieveReversal,
  'POST /v1/transfers/{id}/reversals/{id2}': updateReversal,
  'POST /v1/payouts': createPayout,
  'GET /v1/payouts': listPayouts,
  'GET /v1/payouts/{id}': retrievePayout,
  'POST /v1/payouts/{id}': updatePayout,
  'POST /v1/payouts/{id}/cancel': cancelPayout,
  'POST /v1/payouts/{id}/reverse': reversePayout,
  'GET /v1/balance_settings': retrieveSettings,
  'POST /v1/balance_settings': updateSettings,
  'GET /v1/events': listEvents,
  'GET /v1/events/{id}': retrieveEvent,
  'POST /v1/webhook_endpoints': createEndpoint,
  'GET /v1/webhook_endpoints': listEndpoints,
  'GET /v1/webhook_endpoints/{id}': retrieveEndpoint,
  'POST /v1/webhook_endpoints/{id}': updateEndpoint,
  'DELETE /v1/webhook_endpoints/{id}': deleteEndpoint,
};

/** What a publishable key may call, with the client secret of what it is about. */
export const publishableEndpoints = new Set([
  'GET /v1/payment_intents/{id}',
  'POST /v1/payment_intents/{id}/confirm',
  'GET /v1/setup_intents/{id}',
  'POST /v1/setup_intents/{id}/confirm',
]);
