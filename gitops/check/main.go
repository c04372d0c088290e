// Says of every fixture what kstatus (Flux, Helm) and our Lua (Argo CD) make of it, one line of JSON for each, and what each action of
// Argo CD writes. Usage: check FIXTURES ARGOCD-CM
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/cli-utils/pkg/kstatus/status"
	"sigs.k8s.io/yaml"
)

// action is one entry of `definitions`, as Argo CD reads it.
type action struct {
	Name   string `json:"name"`
	Script string `json:"action.lua"`
}

// customization is what argocd-cm holds for a kind.
type customization struct {
	health      string
	Discovery   string   `json:"discovery.lua"`
	Definitions []action `json:"definitions"`
}

// verdict is what the tools make of one fixture.
type verdict struct {
	Fixture string            `json:"fixture"`
	Kstatus string            `json:"kstatus"`
	Health  string            `json:"health"`
	Message string            `json:"message"`
	Enabled []string          `json:"enabled"`
	Writes  map[string]string `json:"writes"`
}

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(fixtures, configMap string) error {
	var settings struct{ Data map[string]string }
	if err := readYaml(configMap, &settings); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(fixtures, "*.yaml"))
	if err != nil {
		return err
	}
	for _, file := range files {
		found, err := judge(file, settings.Data)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		line, err := json.Marshal(found)
		if err != nil {
			return err
		}
		fmt.Println(string(line))
	}
	return nil
}

// customizationOf finds what is set for the kind of an object, by the name that Argo CD gives to it.
func customizationOf(object *unstructured.Unstructured, settings map[string]string) (customization, error) {
	kind := object.GroupVersionKind()
	name := kind.Group + "_" + kind.Kind
	custom := customization{health: settings["resource.customizations.health."+name]}
	if custom.health == "" {
		return custom, fmt.Errorf("no health is set for %s", name)
	}
	return custom, yaml.Unmarshal([]byte(settings["resource.customizations.actions."+name]), &custom)
}

func readYaml(file string, into any) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return yaml.Unmarshal(text, into)
}

func judge(file string, settings map[string]string) (*verdict, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	text, err = yaml.YAMLToJSON(text)
	if err != nil {
		return nil, err
	}
	object := map[string]any{}
	// Whole numbers as int64, as an API client has them.
	if err := json.Unmarshal(text, &object); err != nil {
		return nil, err
	}
	found := &verdict{Fixture: strings.TrimSuffix(filepath.Base(file), ".yaml"), Writes: map[string]string{}}
	whole := &unstructured.Unstructured{Object: object}
	custom, err := customizationOf(whole, settings)
	if err != nil {
		return nil, err
	}
	result, err := status.Compute(whole)
	if err != nil {
		return nil, err
	}
	found.Kstatus = result.Status.String()
	health, err := evaluate(custom.health, object)
	if err != nil {
		return nil, err
	}
	answered, _ := health.(map[string]any)
	found.Health, _ = answered["status"].(string)
	found.Message, _ = answered["message"].(string)
	return found, found.tryActions(custom, object)
}

func (found *verdict) tryActions(custom customization, object map[string]any) error {
	discovered, err := evaluate(custom.Discovery, object)
	if err != nil {
		return err
	}
	actions, _ := discovered.(map[string]any)
	for _, each := range custom.Definitions {
		entry, known := actions[each.Name].(map[string]any)
		if !known {
			return fmt.Errorf("discovery.lua does not offer %s", each.Name)
		}
		if entry["disabled"] != true {
			found.Enabled = append(found.Enabled, each.Name)
		}
		changed, err := evaluate(each.Script, object)
		if err != nil {
			return fmt.Errorf("action %s: %w", each.Name, err)
		}
		for name, value := range annotationsOf(changed) {
			if annotationsOf(object)[name] != value {
				found.Writes[each.Name] = name
			}
		}
	}
	return nil
}

func annotationsOf(object any) map[string]any {
	root, _ := object.(map[string]any)
	metadata, _ := root["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	return annotations
}

// evaluate runs a script as Argo CD does: the object is the global obj, and only os.date and os.time exist of the outside.
func evaluate(script string, object map[string]any) (any, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for name, open := range map[string]lua.LGFunction{lua.LoadLibName: lua.OpenPackage, lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable} {
		state.Push(state.NewFunction(open))
		state.Push(lua.LString(name))
		state.Call(1, 0)
	}
	state.PreloadModule("os", openSafeOs)
	state.SetGlobal("obj", toLua(state, object))
	if err := state.DoString(script); err != nil {
		return nil, err
	}
	return fromLua(state.Get(-1)), nil
}

func openSafeOs(state *lua.LState) int {
	lua.OpenOs(state)
	whole := state.GetGlobal("os")
	safe := state.NewTable()
	for _, name := range []string{"date", "time"} {
		state.SetField(safe, name, state.GetField(whole, name))
	}
	state.SetGlobal("os", lua.LNil)
	state.Push(safe)
	return 1
}

func toLua(state *lua.LState, value any) lua.LValue {
	switch typed := value.(type) {
	case map[string]any:
		table := state.NewTable()
		for key, each := range typed {
			table.RawSetString(key, toLua(state, each))
		}
		return table
	case []any:
		table := state.NewTable()
		for _, each := range typed {
			table.Append(toLua(state, each))
		}
		return table
	case string:
		return lua.LString(typed)
	case float64:
		return lua.LNumber(typed)
	case int64:
		return lua.LNumber(typed)
	case bool:
		return lua.LBool(typed)
	}
	return lua.LNil
}

func fromLua(value lua.LValue) any {
	switch typed := value.(type) {
	case *lua.LTable:
		object := map[string]any{}
		typed.ForEach(func(key, each lua.LValue) { object[key.String()] = fromLua(each) })
		return object
	case lua.LString:
		return string(typed)
	case lua.LNumber:
		return float64(typed)
	case lua.LBool:
		return bool(typed)
	}
	return nil
}
