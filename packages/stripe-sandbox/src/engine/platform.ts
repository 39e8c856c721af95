/** The one platform every secret key belongs to. */
export const platformId = 'acct_1SandboxPlatform00';

/** Links to hosted pages are stored with this in front, and rendered with the address of the day. */
export const hostedPrefix = 'https://hosted.stripe-sandbox.invalid';
