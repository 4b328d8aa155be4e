import { randomBytes } from 'crypto';
import type {
	IDataObject,
	IHookFunctions,
	INodeType,
	INodeTypeDescription,
	IWebhookFunctions,
	IWebhookResponseData,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';
import { apiRequest, apiRequestIfFound } from './api';
import { conditions, filterOptions, loadOptions } from './filters';
import { eventOptions } from './events';
import { filterFrom } from './filter';
import { isSigned } from './signature';

export class __CLASS__Trigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: '__PRODUCT__ Trigger',
		name: '__NODE__Trigger',
		icon: { light: 'file:__NODE__.svg', dark: 'file:__NODE__.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{$parameter["event"]}}',
		description: 'Starts the workflow when something happens in __PRODUCT__',
		defaults: {
			name: '__PRODUCT__ Trigger',
		},
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [
			{
				name: '__NODE__OAuth2Api',
				required: true,
			},
		],
		webhooks: [
			{
				name: 'default',
				httpMethod: 'POST',
				responseMode: 'onReceived',
				path: 'webhook',
			},
		],
		properties: [
			{
				displayName: 'Event',
				name: 'event',
				type: 'options',
				noDataExpression: true,
				required: true,
				default: '__FIRST_EVENT__',
				description: 'What the workflow waits for',
				options: eventOptions,
			},
			{
				displayName: 'Filters',
				name: 'filters',
				type: 'collection',
				placeholder: 'Add Filter',
				displayOptions: { show: { event: Object.keys(conditions) } },
				default: {},
				description: 'Only events that match all of these are sent',
				options: filterOptions,
			},
		],
	};

	methods = { loadOptions };

	webhookMethods = {
		default: {
			/** Whether the webhook of the last activation still stands, at this very address and for this event. */
			async checkExists(this: IHookFunctions): Promise<boolean> {
				const { hookId, secret } = this.getWorkflowStaticData('node');
				if (!hookId || !secret) return false;
				const hook = await apiRequestIfFound.call(this, 'GET', `/v1/hooks/${hookId as string}`);
				return (
					hook !== undefined &&
					hook.status !== 'disabled' &&
					hook.target_url === this.getNodeWebhookUrl('default') &&
					hook.event === this.getNodeParameter('event')
				);
			},

			async create(this: IHookFunctions): Promise<boolean> {
				const event = this.getNodeParameter('event') as string;
				const filters = this.getNodeParameter('filters', {}) as IDataObject;
				const secret = `whsec_${randomBytes(32).toString('base64')}`;
				const hook = await apiRequest.call(this, 'POST', '/v1/hooks', {
					target_url: this.getNodeWebhookUrl('default'),
					event,
					name: `n8n: ${this.getWorkflow().name ?? event}`.slice(0, 200),
					platform: 'n8n',
					secret,
					filter: filterFrom(filters, conditions[event] ?? {}),
				});
				Object.assign(this.getWorkflowStaticData('node'), { hookId: hook.id, secret });
				return true;
			},

			async delete(this: IHookFunctions): Promise<boolean> {
				const staticData = this.getWorkflowStaticData('node');
				if (staticData.hookId) {
					await apiRequestIfFound.call(this, 'DELETE', `/v1/hooks/${staticData.hookId as string}`);
					delete staticData.hookId;
					delete staticData.secret;
				}
				return true;
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const { secret } = this.getWorkflowStaticData('node');
		const { rawBody } = this.getRequestObject();
		if (!isSigned(this.getHeaderData(), rawBody, secret as string | undefined)) {
			this.getResponseObject().status(401).send('The signature is missing or wrong.').end();
			return { noWebhookResponse: true };
		}
		return { workflowData: [this.helpers.returnJsonArray(this.getBodyData())] };
	}
}
