package lifecycle

// in is the object at a path of a body; it is made if there is none. A number is a place in a list.
func in(body map[string]any, path ...any) map[string]any {
	at := any(body)
	for i := 0; i < len(path); i++ {
		name := path[i].(string)
		object := at.(map[string]any)
		if i+1 < len(path) {
			if n, isPlace := path[i+1].(int); isPlace {
				at = object[name].([]any)[n]
				i++
				continue
			}
		}
		if object[name] == nil {
			object[name] = map[string]any{}
		}
		at = object[name]
	}
	return at.(map[string]any)
}

// named is what the one of that name in a list has in its properties.
func named(properties map[string]any, list, name string) map[string]any {
	for _, one := range properties[list].([]any) {
		if object := one.(map[string]any); object["name"] == name {
			return in(object, "properties")
		}
	}
	panic("nothing in " + list + " is called " + name)
}

// proxies is the subnet of the proxies in the body of its network.
func proxies(network map[string]any) map[string]any {
	return named(in(network, "properties"), "subnets", "ProxyserverSubnet")
}

// with adds one to a list of an object, which it makes if there is none.
func with(object map[string]any, list string, one any) {
	all, _ := object[list].([]any)
	object[list] = append(all, one)
}
