import type { ApplicationStatus, Category, Currency, JobStatus } from '@holdfast/contract';
import type { ColumnType, Generated, GeneratedAlways, Selectable } from 'kysely';

export type JobTables = {
  jobs: {
    id: string;
    customer_id: string;
    request_key: Generated<string | null>;
    title: string;
    description: string;
    category: Category;
    budget_minor: number;
    currency: Currency;
    address: string;
    city: string;
    lat: number;
    lng: number;
    rounded_lat: GeneratedAlways<number>;
    rounded_lng: GeneratedAlways<number>;
    /** Read it through jobRows(), as YYYY-MM-DD: the driver would make it a moment in the local time zone. */
    wished_date: ColumnType<Date | null, string | null, string | null>;
    status: JobStatus;
    /** While its customer is suspended: see hide.ts. */
    is_hidden: Generated<boolean>;
    booked_contractor_id: Generated<string | null>;
    shows_address: Generated<boolean>;
    search: GeneratedAlways<string>;
    facets: GeneratedAlways<string[]>;
    created_at: Date;
    updated_at: Date;
  };
  applications: {
    id: string;
    job_id: string;
    contractor_id: string;
    quote_minor: number;
    currency: Currency;
    message: string;
    status: ApplicationStatus;
    created_at: Date;
    updated_at: Date;
  };
};

export type ApplicationRow = Selectable<JobTables['applications']>;
