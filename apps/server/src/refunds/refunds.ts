export { refundApproved } from './refund-payment.ts';
