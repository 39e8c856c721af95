export { findAccount, lockAccount, presentAccount } from './account.ts';
export { isRefusedAsClosed, refreshAccount } from './apply-account.ts';
export { type OnboardingLink, type OnboardingRequest, onboard } from './onboard.ts';
export { asProviderError } from './provider-error.ts';
