import type {
	IDataObject,
	IHookFunctions,
	IHttpRequestMethods,
	ILoadOptionsFunctions,
	JsonObject,
} from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';

const server = '__SERVER__';

/** One call with the node's credential; n8n refreshes the token by itself. */
export async function apiRequest(
	this: IHookFunctions | ILoadOptionsFunctions,
	method: IHttpRequestMethods,
	path: string,
	body?: IDataObject,
): Promise<IDataObject> {
	try {
		return (await this.helpers.httpRequestWithAuthentication.call(this, '__NODE__OAuth2Api', {
			method,
			url: `${server}${path}`,
			json: true,
			...(body ? { body } : {}),
		})) as IDataObject;
	} catch (error) {
		throw new NodeApiError(this.getNode(), error as JsonObject);
	}
}

/** The same for what may be gone: undefined where the server says 404. */
export async function apiRequestIfFound(
	this: IHookFunctions,
	method: IHttpRequestMethods,
	path: string,
): Promise<IDataObject | undefined> {
	try {
		return await apiRequest.call(this, method, path);
	} catch (error) {
		if (error instanceof NodeApiError && error.httpCode === '404') return undefined;
		throw new NodeApiError(this.getNode(), error as JsonObject);
	}
}
