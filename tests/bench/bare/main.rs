//! A bare server: 58 tools, of which each reads the file that it is given. No gate, no record.

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData, JsonObject, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::{RoleServer, ServerHandler, ServiceExt};
use serde_json::json;

struct Bare(Vec<Tool>);

fn tool(n: usize) -> Tool {
    let schema = json!({
        "type": "object", "additionalProperties": false, "required": ["path"],
        "properties": {
            "path": {"type": "string", "description": "The file, from `/` or `~/`."},
            "offset": {"type": "integer", "minimum": 0, "default": 0, "description": "First byte wanted."},
            "max_bytes": {"type": "integer", "minimum": 0, "default": 65536, "description": "At most this many bytes."}
        }
    });
    let schema: JsonObject = schema.as_object().cloned().unwrap_or_default();
    let name = if n == 0 { "files_read".to_owned() } else { format!("tool_{n:02}") };
    let about = "Reads one regular file, whole or in parts, with the hash of the whole. Risk LOW: runs at once.";
    let hints = ToolAnnotations::new().read_only(true).destructive(false).idempotent(true).open_world(false);
    Tool::new(name, about, schema).with_title("A tool").with_annotations(hints)
}

impl ServerHandler for Bare {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(self.0.clone()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let args = request.arguments.unwrap_or_default();
        let path = args.get("path").and_then(|p| p.as_str()).unwrap_or_default();
        Ok(match std::fs::read_to_string(path) {
            Ok(text) => CallToolResult::success(vec![ContentBlock::text(json!({"text": text}).to_string())]).into(),
            Err(e) => CallToolResult::error(vec![ContentBlock::text(e.to_string())]).into(),
        })
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let running = Bare((0..58).map(tool).collect()).serve(rmcp::transport::stdio_pipes()).await?;
        running.waiting().await?;
        Ok(())
    })
}
